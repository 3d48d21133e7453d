interface Batch<Answer> {
  readonly ids: string[]
  readonly answers: Promise<(id: string) => Answer>
}

/** Asks at once, and what is asked for while an answer is under way together when that has come: one at a time would be slow. */
export const inBatches = <Answer>(
  load: (ids: readonly string[]) => Promise<(id: string) => Answer>,
): ((id: string) => Promise<Answer>) => {
  let next: Batch<Answer> | undefined
  let last: Promise<unknown> = Promise.resolve()

  const begin = (): Batch<Answer> => {
    const ids: string[] = []
    const answers = last.then(() => {
      next = undefined
      return load(ids)
    })
    last = answers.catch(() => undefined) // whoever asked is told
    return { ids, answers }
  }

  return async (id) => {
    next ??= begin()
    next.ids.push(id)
    return (await next.answers)(id)
  }
}
