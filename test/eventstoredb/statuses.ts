import { Metadata, type ServiceError, status } from '@grpc/grpc-js'

/** A gRPC status with the trailers by which the client tells its kind. */
export const failure = (
  code: number,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError => {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value)
  return Object.assign(new Error(details), { code, details, metadata })
}

export const notReady = (): ServiceError => failure(status.UNAVAILABLE, 'Server Is Not Ready')

export const unknownFailure = (details: string): ServiceError => failure(status.UNKNOWN, details)

export const streamDeleted = (stream: string): ServiceError =>
  failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': trailerText(stream),
  })

export const appendTooLarge = (most: number): ServiceError =>
  failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${most} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(most),
  })

/** Of Delete and Tombstone; -2 stands for any revision, -1 for none. */
export const deleteConflict = (stream: string, expected: bigint, actual: number): ServiceError =>
  failure(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': trailerText(stream),
      'expected-version': String(expected),
      'actual-version': String(actual),
    },
  )

export const notLeader = (leader: { readonly address: string; readonly port: number }): ServiceError =>
  failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': leader.address,
    'leader-endpoint-port': String(leader.port),
  })

/** What a client sees of calls that stand when a server shuts down. */
export const shutDown = (): ServiceError => failure(status.INTERNAL, 'Received RST_STREAM with code 0')

/** What is answered when the server's own time for a commit is over; the outcome is unknown. */
export const commitTimeout = (): ServiceError => failure(status.DEADLINE_EXCEEDED, 'Timeout')

/** Trailers are ASCII. */
const trailerText = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?')
