import { plain } from './plain-text.ts'

/** Thrown by a write when whoever read standard output has gone, as `head` does when it has seen enough. */
export class ReaderGone extends Error {}

/** Where a command speaks: results on standard output, everything else on standard error. */
export interface Output {
  /** Results are asked for as JSON: nothing for people is printed then. */
  readonly json: boolean
  /** Waits until the text is taken, so that a long result does not pile up. */
  write(text: string | Buffer): Promise<void>
  /** A line of the result. */
  say(line: string): Promise<void>
  /** The whole result as one JSON document. */
  document(value: unknown): Promise<void>
  /** A remark for people. */
  note(line: string): void
  /** Says how the bar that is drawn now is taken away, which is done before each line; undefined: there is none any more. */
  barDrawn(clear: (() => void) | undefined): void
}

const send = (text: string | Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve()
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') reject(new ReaderGone())
      else reject(error)
    })
  })

export const openOutput = (json: boolean): Output => {
  // each write hears of it too, and a stream without a listener would end the process
  process.stdout.on('error', () => undefined)
  let clearBar: (() => void) | undefined
  return {
    json,
    write: send,
    say: (line) => {
      clearBar?.()
      return send(`${line}\n`)
    },
    document: (value) => send(`${JSON.stringify(value, undefined, 2)}\n`),
    note: (line) => {
      clearBar?.()
      if (!json) process.stderr.write(`${plain(line)}\n`)
    },
    barDrawn: (clear) => (clearBar = clear),
  }
}

/** Lines that are written at once. */
const BLOCK = 1000

/** Writes lines as they come, many at once. */
export const sayAll = async (output: Output, lines: Iterable<string>): Promise<void> => {
  let block: string[] = []
  const flush = async (): Promise<void> => {
    if (block.length > 0) await output.write(`${block.join('\n')}\n`)
    block = []
  }
  for (const line of lines) if (block.push(line) === BLOCK) await flush()
  await flush()
}

/** Columns of even width, two spaces apart; the last one as long as it is. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [titles, ...rows.map((row) => row.map(plain))]
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
