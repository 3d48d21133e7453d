import { Type } from 'typebox'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, inRepository, Optional, Sha256, type InRepository } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

export const Properties = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9._-]{1,128}$' }),
  Type.String({ maxLength: 2048 }),
  {
    maxProperties: 64,
    // a record alone lets keys that do not match pass, with whatever value
    additionalProperties: false,
  },
)

export const inFile = { ...inRepository, path: Type.String({ minLength: 1, maxLength: 1024 }) } as const

export const FileStored = eventType(
  'FileStored',
  'A file was stored at a path, new or in place of an earlier one; `from` names the path it was moved or copied from.',
  Closed({
    ...inFile,
    size: Type.Integer({ minimum: 0 }),
    md5: Type.String(),
    sha1: Type.String(),
    sha256: Sha256,
    sha512: Type.String(),
    contentType: Type.String(),
    properties: Properties,
    from: Optional(Closed(inFile)),
  }),
)

export const FilePropertiesSet = eventType(
  'FilePropertiesSet',
  'The properties of a file were changed; holds all of them as they are now.',
  Closed({ ...inFile, properties: Properties }),
)

export const FileDeleted = eventType('FileDeleted', 'A file was removed.', Closed(inFile))

export type FileEvent = EventOf<typeof FileStored | typeof FilePropertiesSet | typeof FileDeleted>

export interface InFile extends InRepository {
  readonly path: string
}

export const fileStream = ({ repositoryId, path }: InFile): string => streamName('file', repositoryId, path)
