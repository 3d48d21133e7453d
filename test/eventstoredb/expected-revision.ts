/** What a writer says about the stream. A bigint is an exact revision. */
export type Expected = 'any' | 'no-stream' | 'stream-exists' | bigint

interface ExpectedOptions {
  hasAny(): boolean
  hasNoStream(): boolean
  hasStreamExists(): boolean
}

/** The same choice in the options of four calls, which differ in what they call the exact revision. */
export const expectedIn = (options: ExpectedOptions, exact: string): Expected => {
  if (options.hasAny()) return 'any'
  if (options.hasNoStream()) return 'no-stream'
  return options.hasStreamExists() ? 'stream-exists' : BigInt(exact)
}

interface ConflictMessage<Nothing> {
  setExpectedAny(value: Nothing): unknown
  setExpectedNoStream(value: Nothing): unknown
  setExpectedStreamExists(value: Nothing): unknown
}

/** Repeats in a conflict what was expected. `setExact` is called with an exact revision. */
export const repeatExpected = <Nothing>(
  conflict: ConflictMessage<Nothing>,
  expected: Expected,
  nothing: Nothing,
  setExact: (revision: string) => unknown,
): void => {
  if (expected === 'any') conflict.setExpectedAny(nothing)
  else if (expected === 'no-stream') conflict.setExpectedNoStream(nothing)
  else if (expected === 'stream-exists') conflict.setExpectedStreamExists(nothing)
  else setExact(String(expected))
}
