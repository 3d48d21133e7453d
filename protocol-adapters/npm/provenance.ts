import { isJsonObject, member, stringMember, type JsonObject } from './json-object.ts'
import { PublishError } from './publish-error.ts'

export interface ProvenanceSubject {
  readonly name: string
  readonly version: string
  /** Of the tarball, in hex. */
  readonly sha512: string
}

/** One line, so that it can be a part of a stored document. */
const PREDICATE_TYPE = /^\S{1,200}$/

const parsed = (text: string): JsonObject | undefined => {
  try {
    const value = JSON.parse(text) as unknown
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined // refused below, with the sentence for whatever is no bundle
  }
}

const statementIn = (bundle: string): JsonObject | undefined => {
  const envelope = member(parsed(bundle) ?? {}, 'dsseEnvelope')
  const payload = isJsonObject(envelope) ? stringMember(envelope, 'payload') : undefined
  return payload === undefined ? undefined : parsed(Buffer.from(payload, 'base64').toString('utf8'))
}

/** The package URL of a version, as npm writes it into statements: `pkg:npm/%40s/n@1.0.0`. */
const purlOf = ({ name, version }: ProvenanceSubject): string => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`

const isAbout = (subject: unknown, expected: ProvenanceSubject): boolean => {
  const digest = isJsonObject(subject) ? member(subject, 'digest') : undefined
  return (
    isJsonObject(subject) &&
    isJsonObject(digest) &&
    stringMember(subject, 'name') === purlOf(expected) &&
    stringMember(digest, 'sha512') === expected.sha512
  )
}

/**
 * The predicate type of a sigstore bundle that is about this tarball. Its signature is for those who install to verify,
 * against the roots that they trust; but a bundle about something else would fail for every one of them.
 * https://github.com/sigstore/protobuf-specs, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @throws {PublishError} `invalid-provenance` | `provenance-mismatch`
 */
export const predicateTypeOf = (bundle: string, expected: ProvenanceSubject): string => {
  const statement = statementIn(bundle)
  const predicateType = statement && stringMember(statement, 'predicateType')
  if (predicateType === undefined || !PREDICATE_TYPE.test(predicateType))
    throw new PublishError('invalid-provenance', '.sigstore')
  const subjects = member(statement as JsonObject, 'subject')
  const [subject, ...more] = Array.isArray(subjects) ? (subjects as unknown[]) : []
  if (more.length > 0 || !isAbout(subject, expected)) throw new PublishError('provenance-mismatch', purlOf(expected))
  return predicateType
}
