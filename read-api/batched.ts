/**
 * A loader for one request: the keys that all fields of one level ask for become one call of `load`, and no key is loaded
 * twice. What `load` leaves out is undefined.
 */
export const batched = <Key, Value>(
  idOf: (key: Key) => string,
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Value>>,
): ((key: Key) => Promise<Value | undefined>) => {
  const answers = new Map<string, Promise<Value | undefined>>()
  let waiting: Key[] = []
  let flight: Promise<ReadonlyMap<string, Value>> | undefined

  // an immediate runs after every promise that is settled by now: the whole level has asked
  const takeOff = async (): Promise<ReadonlyMap<string, Value>> => {
    await new Promise((resolve) => setImmediate(resolve))
    const keys = waiting
    waiting = []
    flight = undefined
    return load(keys)
  }

  return (key) => {
    const id = idOf(key)
    const known = answers.get(id)
    if (known !== undefined) return known
    waiting.push(key)
    flight ??= takeOff()
    const answer = flight.then((values) => values.get(id))
    answers.set(id, answer)
    return answer
  }
}
