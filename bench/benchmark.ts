/** A cell is text as it is to be printed; the figures themselves are in the result's `figures`. */
export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface BenchmarkResult {
  readonly tables: readonly Table[]
  /** Sentences below the tables. */
  readonly notes: readonly string[]
  /** What `--json` prints: all that the tables show, as numbers with the unit in each name. */
  readonly figures: Readonly<Record<string, unknown>>
}

export interface Benchmark {
  /** One line for the list of benchmarks. */
  readonly summary: string
  /** Option names without dashes, each with its default. */
  readonly options: Readonly<Record<string, string>>
  run(options: Readonly<Record<string, string>>, progress: (line: string) => void): Promise<BenchmarkResult>
}

/** A whole number above 0 out of an option; throws a sentence that names the option. */
export function countOption(options: Readonly<Record<string, string>>, name: string): number {
  const value = Number(options[name])
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number above 0.`)
  return value
}

/** The members of a comma-separated option, each one of those allowed; throws a sentence that names the option. */
export function choicesOption<T extends string>(
  options: Readonly<Record<string, string>>,
  name: string,
  allowed: readonly T[],
): T[] {
  const given = (options[name] ?? '').split(',').map((part) => part.trim())
  return given.map((part) => {
    const choice = allowed.find((one) => one === part)
    if (choice === undefined) throw new Error(`--${name} takes of ${allowed.join(', ')}; it was given "${part}".`)
    return choice
  })
}
