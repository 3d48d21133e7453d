import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import { Failure, wrongCall } from './failure.ts'

/** The first line of standard input, for secrets that come by a pipe. */
export const firstLineOfInput = async (what: string): Promise<string> => {
  const [line = ''] = (await readAll(process.stdin)).split(/\r?\n/)
  if (line === '') throw wrongCall(`there is no ${what} on standard input`)
  return line
}

/** Whether there is a person to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** What readline would show of what is typed goes nowhere. */
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

/** Asks on standard error, so that results stay alone on standard output. `hidden`: what is typed is not shown. */
export const ask = async (question: string, { hidden = false } = {}): Promise<string> => {
  const output = hidden ? nowhere() : process.stderr
  if (hidden) process.stderr.write(question)
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const asked = new AbortController()
  lines.once('SIGINT', () => asked.abort())
  // Ctrl-D: no answer will come
  lines.once('close', () => asked.abort())
  try {
    return await lines.question(hidden ? '' : question, { signal: asked.signal })
  } catch (error) {
    throw new Failure('interrupted', 'interrupted', { cause: error, exit: 'interrupted' })
  } finally {
    lines.close()
    if (hidden) process.stderr.write('\n')
  }
}
