import { createHash } from 'node:crypto'
import type { Caller, CommandResult } from '../../commands/command.ts'
import { deleteFile, setFileProperties } from '../../commands/registry/change-file.ts'
import { deleteVersion, deprecateVersion, yankVersion } from '../../commands/registry/change-version.ts'
import { copyFile, moveFile } from '../../commands/registry/copy-file.ts'
import { createProject } from '../../commands/registry/create-project.ts'
import { createRepository } from '../../commands/registry/create-repository.ts'
import { publishPackageVersion } from '../../commands/registry/publish-package-version.ts'
import { removeTag, setTag } from '../../commands/registry/set-tag.ts'
import { storeFile } from '../../commands/registry/store-file.ts'
import { deleteRepository, updateRepository } from '../../commands/registry/update-repository.ts'
import type { RunCommand } from '../../commands/run-command.ts'
import { isDomainError, type ErrorCode } from '../../domain/errors.ts'
import type { Step } from './steps.ts'

/** The bytes that a step names by number; the test puts them where the commands look for them. */
export const contents: readonly Buffer[] = ['zero', 'one', 'two'].map((text) => Buffer.from(text))

const hash = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex')

const digestsOf = contents.map((bytes) => ({
  size: bytes.length,
  md5: hash('md5', bytes),
  sha1: hash('sha1', bytes),
  sha256: hash('sha256', bytes),
  sha512: hash('sha512', bytes),
}))

export const contentOf = (number: number) => {
  const digests = digestsOf[number]
  if (digests === undefined) throw new Error(`there is no content ${number}`)
  return digests
}

/** The number of the content with this sha256. */
export const numberOf = (sha256: string): number => digestsOf.findIndex((digests) => digests.sha256 === sha256)

/** Sends the command of a step. */
export const send = (run: RunCommand, project: string, step: Exclude<Step, { do: 'repeat' }>, caller: Caller) => {
  const place = { project, repository: step.repository }
  switch (step.do) {
    case 'CreateRepository': {
      const format = step.repository === 'npm' ? 'npm' : 'generic'
      return run(createRepository, { ...place, format, kind: 'hosted', overwrite: step.overwrite }, caller)
    }
    case 'UpdateRepository':
      return run(updateRepository, { ...place, overwrite: step.overwrite }, caller)
    case 'DeleteRepository':
      return run(deleteRepository, place, caller)
    case 'PublishPackageVersion': {
      const { package: name, version, tags } = step
      const { sha256, ...rest } = contentOf(step.content)
      const files = [{ name: `${name}-${version}.tgz`, sha256, ...rest }]
      const publish = { ...place, package: name, version, files, manifest: sha256, tags: [...tags] }
      return run(publishPackageVersion, publish, caller)
    }
    case 'DeprecateVersion': {
      const message = step.text === undefined ? {} : { message: step.text }
      return run(deprecateVersion, { ...place, package: step.package, version: step.version, ...message }, caller)
    }
    case 'YankVersion': {
      const reason = step.text === undefined ? {} : { reason: step.text }
      return run(yankVersion, { ...place, package: step.package, version: step.version, ...reason }, caller)
    }
    case 'DeleteVersion':
      return run(deleteVersion, { ...place, package: step.package, version: step.version }, caller)
    case 'SetTag':
      return run(setTag, { ...place, package: step.package, version: step.version, tag: step.tag }, caller)
    case 'RemoveTag':
      return run(removeTag, { ...place, package: step.package, tag: step.tag }, caller)
    case 'StoreFile': {
      const content = contentOf(step.content)
      const { path, createOnly } = step
      const about = { contentType: 'text/plain', properties: {}, createOnly }
      const onlyIf = step.onlyIf ? { onlyIf: content.sha256 } : {}
      return run(storeFile, { ...place, path, ...content, ...about, ...onlyIf }, caller)
    }
    case 'SetFileProperties':
      return run(setFileProperties, { ...place, path: step.path, properties: { os: step.os } }, caller)
    case 'DeleteFile':
      return run(
        deleteFile,
        { ...place, path: step.path, ...(step.onlyIf ? { onlyIf: contentOf(0).sha256 } : {}) },
        caller,
      )
    case 'CopyFile':
      return run(copyFile, { ...place, path: step.path, toPath: step.toPath, toRepository: step.toRepository }, caller)
    case 'MoveFile':
      return run(moveFile, { ...place, path: step.path, toPath: step.toPath, toRepository: step.toRepository }, caller)
  }
}

/** A step with the key that it was sent with; `first` is the number of the step that it repeats, else its own. */
export interface Keyed {
  readonly step: Exclude<Step, { do: 'repeat' }>
  readonly key: string
}

/** Gives each command a key; a repeat has the key of the command that it repeats. */
export const withKeys = (steps: readonly Step[]): readonly Keyed[] =>
  steps.reduce<Keyed[]>((sent, step) => {
    if (step.do !== 'repeat') return [...sent, { step, key: `step-${sent.length}` }]
    const again = sent.at(-1 - step.back)
    return again === undefined ? sent : [...sent, again]
  }, [])

export type Outcome = { readonly refused: ErrorCode } | { readonly result: CommandResult }

/** What came of a command; anything but a result and a refusal is thrown on. */
export const outcomeOf = async (sent: Promise<CommandResult>): Promise<Outcome> => {
  try {
    return { result: await sent }
  } catch (error) {
    if (!isDomainError(error)) throw error
    return { refused: error.code }
  }
}

export const prepareProject = (run: RunCommand, project: string, caller: Caller) =>
  run(createProject, { project }, caller)
