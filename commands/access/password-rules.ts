import { Type } from 'typebox'
import { DomainError } from '../../domain/errors.ts'

const LEAST_CHARACTERS = 8
const MOST_BYTES = 1024

/** What a password field takes; `checkPassword` is the rest of the rule. */
export const Password = Type.String({
  maxLength: MOST_BYTES,
  description: `at least ${LEAST_CHARACTERS} characters and at most ${MOST_BYTES} bytes of UTF-8`,
})

/** @throws {DomainError} `invalid-input`; the sentence never holds the password */
export const checkPassword = (password: string): void => {
  const refuse = (reason: string) => {
    throw new DomainError('invalid-input', `The password ${reason}.`)
  }
  if (!password.isWellFormed()) refuse('is not valid Unicode')
  if ([...password].length < LEAST_CHARACTERS) refuse(`has fewer than ${LEAST_CHARACTERS} characters`)
  if (Buffer.byteLength(password) > MOST_BYTES) refuse(`is longer than ${MOST_BYTES} bytes`)
}
