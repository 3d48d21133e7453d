/** Every way in which a publish document can be wrong on the wire, with the sentence that the client is shown. */
export const publishBodyProblems = {
  'not-an-object': 'The request body is not a JSON object.',
  'invalid-json': 'The request body is not valid JSON.',
  'invalid-utf8': 'The request body is not valid UTF-8.',
  'body-truncated': 'The request body ended before its JSON document did.',
  'document-too-large': 'The package document, without its attachments, is too large.',
  'too-deep': 'The package document is nested too deeply.',
  'too-many-attachments': 'The package document has too many attachments.',
  'duplicate-attachment': 'The package document names an attachment, or the data of one, twice.',
  'invalid-attachment': 'An attachment of the package document is not an object with its data as a string.',
  'attachment-too-large': 'An attachment that is no tarball is larger than a mebibyte.',
  'invalid-base64': 'The data of an attachment is not valid base64.',
  'length-mismatch': 'The data of an attachment is not as long as its length says.',
} as const

export type PublishBodyErrorCode = keyof typeof publishBodyProblems

/** Thrown by `parsePublishBody` when the document is at fault, never for a failing connection or sink. Tell by `code`. */
export class PublishBodyError extends Error {
  readonly code: PublishBodyErrorCode

  constructor(code: PublishBodyErrorCode, options?: ErrorOptions) {
    super(publishBodyProblems[code], options)
    this.name = 'PublishBodyError'
    this.code = code
  }
}

export const isPublishBodyError = (error: unknown): error is PublishBodyError =>
  error instanceof Error && error.name === 'PublishBodyError'
