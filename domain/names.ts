import { Type, type TSchema } from 'typebox'

/** Names of projects and repositories: never renamed. */
export const Name = Type.String({
  pattern: '^[a-z0-9]+([._-][a-z0-9]+)*$',
  maxLength: 64,
  description: 'lower-case letters and digits, in parts joined by one of . _ -',
})

export const FORMATS = ['generic', 'npm'] as const
export type Format = (typeof FORMATS)[number]

/** One of a closed set of strings (JSON Schema `enum`). */
export const OneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })

export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'lower-case hex sha256' })

export const Optional = <T extends TSchema>(schema: T) => Type.Optional(schema)

/** Closed object: unknown fields are refused, never dropped. */
export const Closed = <const P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

/** Where an artifact lives. `repositoryId` tells a repository from an earlier one of the same name. */
export const inRepository = { repositoryId: Type.String(), project: Name, repository: Name } as const

export interface InRepository {
  readonly repositoryId: string
  readonly project: string
  readonly repository: string
}

export const locationOf = ({ repositoryId, project, repository }: InRepository): InRepository => ({
  repositoryId,
  project,
  repository,
})
