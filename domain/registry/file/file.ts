import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import type { FileEvent, InFile } from './events.ts'

/** What is stored under a path: digests are lower-case hex, size in bytes. */
export interface FileContent {
  readonly size: number
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  readonly sha512: string
  readonly contentType: string
}

export type Properties = Readonly<Record<string, string>>

export type FileState =
  | { readonly status: 'absent' }
  | { readonly status: 'stored'; readonly content: FileContent; readonly properties: Properties }

export type FileCommand =
  | {
      readonly type: 'StoreFile'
      readonly at: InFile
      readonly content: FileContent
      readonly properties: Properties
      readonly from?: InFile
      /** The repository lets files be replaced. */
      readonly overwrite: boolean
      /** Store only where there is no file (If-None-Match: *). */
      readonly createOnly?: boolean
      /** Replace only while the file has this sha256 (If-Match). */
      readonly onlyIf?: string
    }
  | { readonly type: 'SetFileProperties'; readonly at: InFile; readonly properties: Properties }
  | { readonly type: 'DeleteFile'; readonly at: InFile; readonly onlyIf?: string }

const coordinates = ({ repositoryId, project, repository, path }: InFile) => ({
  repositoryId,
  project,
  repository,
  path,
})

const requireStored = (state: FileState, at: InFile) => {
  if (state.status !== 'stored')
    throw new DomainError('not-found', `There is no file ${at.path} in ${at.project}/${at.repository}.`)
  return state
}

const requireUnchanged = (state: FileState, onlyIf: string | undefined): void => {
  if (onlyIf === undefined) return
  if (state.status !== 'stored' || state.content.sha256 !== onlyIf)
    throw new DomainError('precondition-failed', 'The file is not, or is no longer, the one that the request names.')
}

const sameProperties = (a: Properties, b: Properties): boolean => {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

export const file: Decider<FileState, FileCommand, FileEvent> = {
  initialState: { status: 'absent' },

  decide: (command, state) => {
    const at = coordinates(command.at)
    switch (command.type) {
      case 'StoreFile': {
        requireUnchanged(state, command.onlyIf)
        if (state.status === 'stored' && command.createOnly === true)
          throw new DomainError('precondition-failed', `There is a file ${at.path} already.`)
        if (state.status === 'stored' && !command.overwrite)
          throw new DomainError(
            'already-exists',
            `${at.path} exists already in ${at.project}/${at.repository}, which does not let files be replaced.`,
          )
        const { content, properties, from } = command
        const data = { ...at, ...content, properties: { ...properties } }
        return [{ type: 'FileStored', data: from === undefined ? data : { ...data, from: coordinates(from) } }]
      }
      case 'SetFileProperties': {
        const { properties } = requireStored(state, command.at)
        if (sameProperties(properties, command.properties)) return []
        return [{ type: 'FilePropertiesSet', data: { ...at, properties: { ...command.properties } } }]
      }
      case 'DeleteFile':
        requireStored(state, command.at)
        requireUnchanged(state, command.onlyIf)
        return [{ type: 'FileDeleted', data: at }]
      default:
        return assertNever(command)
    }
  },

  evolve: (state, event) => {
    switch (event.type) {
      case 'FileStored': {
        const { size, md5, sha1, sha256, sha512, contentType, properties } = event.data
        return { status: 'stored', content: { size, md5, sha1, sha256, sha512, contentType }, properties }
      }
      case 'FilePropertiesSet':
        return state.status === 'stored' ? { ...state, properties: event.data.properties } : state
      case 'FileDeleted':
        return { status: 'absent' }
      default:
        return assertNever(event)
    }
  },
}
