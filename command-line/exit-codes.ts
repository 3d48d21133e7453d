import type { ErrorCode } from '../domain/errors.ts'

/** How a call of the command line ends. Scripts rely on the numbers: none ever gets another meaning. */
export const EXIT = {
  done: [0, 'done'],
  failed: [1, 'could not be done'],
  usage: [2, 'the call is wrong'],
  'not-found': [3, 'what it names is not there, or you may not see it'],
  'not-allowed': [4, 'credentials are missing or refused, or do not allow it'],
  unavailable: [5, 'a server or an engine cannot be reached or is busy: try again'],
  conflict: [6, 'it goes against what is there: exists already, or changed meanwhile'],
  interrupted: [130, 'interrupted (Ctrl-C)'],
  terminated: [143, 'asked to end (SIGTERM)'],
} as const satisfies Record<string, readonly [code: number, meaning: string]>

export type ExitName = keyof typeof EXIT

/** How a refusal with a code of the one table of refusals ends a call. */
const OF_REFUSAL: Readonly<Record<ErrorCode, ExitName>> = {
  'invalid-input': 'usage',
  'future-instant': 'usage',
  'digest-mismatch': 'failed',
  unauthenticated: 'not-allowed',
  forbidden: 'not-allowed',
  'not-found': 'not-found',
  'method-not-allowed': 'usage',
  'already-exists': 'conflict',
  'version-immutable': 'conflict',
  'path-conflict': 'conflict',
  'revision-conflict': 'conflict',
  'secret-already-shown': 'conflict',
  withdrawn: 'not-found',
  'precondition-failed': 'conflict',
  'too-large': 'failed',
  'unsupported-media-type': 'usage',
  'range-not-satisfiable': 'failed',
  'idempotency-mismatch': 'conflict',
  unsupported: 'usage',
  'too-many-attempts': 'unavailable',
  internal: 'failed',
  unavailable: 'unavailable',
  'unknown-outcome': 'unavailable',
  timeout: 'unavailable',
}

/** The end that a code stands for: of a refusal, or of the command line's own; undefined for one that nobody foresaw. */
export const exitOfCode = (code: string): ExitName | undefined =>
  Object.hasOwn(OF_REFUSAL, code) ? OF_REFUSAL[code as ErrorCode] : undefined

/** The table for `--help`. */
export const exitCodeLines = (): string =>
  ['Exit codes:', ...Object.values(EXIT).map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`)].join('\n')
