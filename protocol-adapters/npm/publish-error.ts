/** Every way in which a well-formed publish document can be refused for what it says, with the sentence the client is shown. */
export const publishProblems = {
  'name-mismatch': 'The document does not name the package that it was sent to.',
  'no-version': 'The document holds no version to publish.',
  'several-versions': 'The document holds more than one version; publish them one by one.',
  'invalid-version':
    'The version is not a semantic version in its canonical form (such as 1.2.3-beta.1, without build metadata).',
  'version-mismatch': 'The manifest states another version than the document lists it under.',
  'invalid-tag': 'A distribution tag is not a plain word, or could be read as a version range.',
  'tag-mismatch': 'A distribution tag points to another version than the one that is published.',
  'no-tarball': 'The document does not hold exactly one tarball (an attachment whose name ends in .tgz).',
  'invalid-manifest': 'The manifest has a field of a form that installing clients would fail on.',
  'integrity-mismatch': 'The tarball is not the one whose digest the manifest states.',
  'invalid-provenance': 'The provenance is not a sigstore bundle that holds a statement of in-toto.',
  'provenance-mismatch': 'The provenance is of another package, version or tarball.',
} as const

export type PublishErrorCode = keyof typeof publishProblems

/** Thrown when a publish document is refused for its content. Tell by `code`; `detail` names the field or value at fault. */
export class PublishError extends Error {
  readonly code: PublishErrorCode
  readonly detail: string

  constructor(code: PublishErrorCode, detail: string) {
    super(`${publishProblems[code]} (${detail})`)
    this.name = 'PublishError'
    this.code = code
    this.detail = detail
  }
}

export const isPublishError = (error: unknown): error is PublishError =>
  error instanceof Error && error.name === 'PublishError'
