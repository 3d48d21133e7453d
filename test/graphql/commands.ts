import { createHash } from 'node:crypto'
import { CATALOGUE } from '../../commands/catalogue.ts'
import type { CommandResult } from '../../commands/command.ts'
import type { TestCore } from '../core.ts'

/** Sends a command as Waybill itself, who may do everything. */
export type Send = (name: string, input: object) => Promise<CommandResult>

export const sender =
  ({ run, system }: TestCore): Send =>
  (name, input) => {
    const command = CATALOGUE.find((one) => one.name === name)
    if (command === undefined) throw new Error(`no command ${name}`)
    return run(command, input as never, system)
  }

const hex = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')

export const digestsOf = (text: string) => ({
  size: Buffer.byteLength(text),
  md5: hex('md5', text),
  sha1: hex('sha1', text),
  sha256: hex('sha256', text),
  sha512: hex('sha512', text),
})

export interface Publication {
  readonly project?: string
  readonly repository: string
  readonly package: string
  readonly version: string
  readonly tags?: readonly string[]
  readonly about?: object
  readonly readme?: string
}

/** A version as the npm adapter publishes it; the bytes are not stored. */
export const publish = (send: Send, { project = 'main', tags = ['latest'], ...rest }: Publication) =>
  send('PublishPackageVersion', {
    project,
    tags,
    files: [{ name: `${rest.package}-${rest.version}.tgz`, ...digestsOf(rest.version) }],
    manifest: hex('sha256', `${rest.package}@${rest.version}`),
    ...rest,
  })

export const store = (
  send: Send,
  repository: string,
  path: string,
  properties: Readonly<Record<string, string>> = {},
) =>
  send('StoreFile', {
    project: 'main',
    repository,
    path,
    ...digestsOf(path),
    contentType: 'text/plain',
    properties,
    createOnly: false,
  })
