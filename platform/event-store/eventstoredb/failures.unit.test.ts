import {
  AccessDeniedError,
  CancelledError,
  DeadlineExceededError,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  StreamNotFoundError,
  TimeoutError,
  UnavailableError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import { Metadata, type ServiceError } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { type AppendFailure, appendFailureOf, appendRemedyOf, readFailureOf, readRemedyOf } from './failures.ts'

/** An error as grpc-js makes it. */
const raw = (code: number, details: string, trailers: Record<string, string> = {}): ServiceError => {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value)
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata })
}

const conflict = (current: bigint | 'no_stream'): WrongExpectedVersionError =>
  new WrongExpectedVersionError(undefined, { streamName: 's-1', expected: 4n, current })

const unrecognised = (message: string): UnknownError => new UnknownError(undefined, `Could not recognize ${message}`)

const notLeader = new NotLeaderError(
  raw(5, 'Leader info available', { 'leader-endpoint-host': '127.0.0.1', 'leader-endpoint-port': '2113' }),
)

describe('an append', () => {
  it.each<[string, unknown, AppendFailure['kind'], string]>([
    // expected revisions
    ['a stream at another revision', conflict(7n), 'conflict', 'none'],
    ['a stream that does not exist', conflict('no_stream'), 'conflict', 'none'],
    ['a stream that was deleted', StreamDeletedError.fromStreamName('s-1'), 'refused', 'none'],
    // sizes and kinds of data
    ['too many bytes', MaxAppendSizeExceededError.fromMaxAppendSize(1_048_576), 'refused', 'none'],
    [
      'an event beyond all limits',
      new UnknownError(raw(8, 'RESOURCE_EXHAUSTED: Received message larger')),
      'lost',
      'client',
    ],
    ['a malformed event, which is answered twice', unrecognised('BadRequest'), 'refused', 'client'],
    ['no right to write', new AccessDeniedError(), 'broken', 'none'],
    // the server is away
    ['no server, for a new client', raw(14, 'UNAVAILABLE: No connection established'), 'not-sent', 'client'],
    ['no TLS on the server', raw(14, 'UNAVAILABLE: SSL routines:wrong version number'), 'not-sent', 'client'],
    ['a server that is killed', new UnavailableError(raw(14, 'Connection dropped')), 'lost', 'client'],
    ['a connection that is reset', new UnavailableError(raw(14, 'read ECONNRESET')), 'lost', 'client'],
    ['a server that shuts down', unrecognised('Server Is Not Ready'), 'lost', 'none'],
    ['a server that has shut down', new UnknownError(raw(13, 'Received RST_STREAM with code 0')), 'lost', 'client'],
    ['a call that the server cancels', new CancelledError(raw(1, 'CANCELLED')), 'lost', 'client'],
    ['a call that is cancelled here', new UnknownError(raw(1, 'Cancelled on client')), 'lost', 'client'],
    ['a commit that takes too long', new DeadlineExceededError(), 'lost', 'none'],
    ['an aborted call', new TimeoutError(raw(10, 'ABORTED')), 'lost', 'client'],
    // clusters
    ['a failed discovery', new Error('Failed to discover after 10 attempts.'), 'not-sent', 'client'],
    ['a node that does not lead', notLeader, 'lost', 'calls'],
    ['a node that knows no leader', unrecognised('No leader info available in response'), 'lost', 'none'],
    // this program
    ['a mistake of ours', new TypeError('x is not a function'), 'broken', 'none'],
    ['an error that nobody has seen before', new Error('strange'), 'lost', 'client'],
    ['something that is no error', 'strange', 'lost', 'client'],
  ])('to %s', (_, error, kind, remedy) => {
    expect([appendFailureOf(error).kind, appendRemedyOf(error)]).toEqual([kind, remedy])
  })

  it('tells where the stream is', () => {
    expect(appendFailureOf(conflict(7n))).toEqual({ kind: 'conflict', actualRevision: 7 })
    expect(appendFailureOf(conflict('no_stream'))).toEqual({ kind: 'conflict', actualRevision: -1 })
  })
})

describe('a read', () => {
  it.each<[string, unknown, string, string]>([
    ['a stream that does not exist', new StreamNotFoundError(null as never, 's-1'), 'absent', 'none'],
    ['a stream that was deleted', StreamDeletedError.fromStreamName('s-1'), 'broken', 'none'],
    ['a revision below 0', new InvalidArgumentError('fromRevision'), 'broken', 'none'],
    ['no right to read', new AccessDeniedError(raw(16, 'UNAUTHENTICATED')), 'broken', 'none'],
    [
      'between two events',
      new UnknownError(raw(2, 'UNKNOWN: Unexpected ReadAllResult: InvalidPosition')),
      'invalid-position',
      'none',
    ],
    [
      'between two events, following',
      new UnknownError(raw(3, 'Trying to read from an invalid position.')),
      'invalid-position',
      'none',
    ],
    ['no server', new UnavailableError(raw(14, 'No connection established')), 'passing', 'client'],
    ['a server that is killed', new UnavailableError(raw(14, 'Connection dropped')), 'passing', 'client'],
    ['a server that starts', new UnavailableError(raw(14, 'Server Is Not Ready')), 'passing', 'client'],
    ['a server that has shut down', new UnknownError(raw(13, 'Received RST_STREAM with code 0')), 'passing', 'none'],
    ['a server that ends the call', new CancelledError(raw(1, 'CANCELLED')), 'passing', 'client'],
    ['a server in trouble', new UnknownError(raw(2, 'Exception was thrown by handler.')), 'passing', 'none'],
    ['a failed discovery', new Error('Failed to discover after 3 attempts.'), 'passing', 'client'],
    ['a node that does not lead', notLeader, 'passing', 'calls'],
    ['a mistake of ours', new RangeError('strange'), 'broken', 'none'],
  ])('from %s', (_, error, kind, remedy) => {
    expect([readFailureOf(error), readRemedyOf(error)]).toEqual([kind, remedy])
  })
})
