import type { DestinationStream } from 'pino'

type Entry = Record<string, unknown>

const COLOURS: Readonly<Record<string, number>> = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 31 }

const plain = (value: unknown): string => {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value)
}

// Names and messages come from clients: a control character must not reach the terminal.
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, (it) => `\\u${(it.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)

const fieldsOf = (entry: Entry): string =>
  Object.entries(entry)
    .map(([key, value]) => `${key}=${plain(value)}`)
    .join(' ')

const stackOf = (error: unknown): string => {
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined
  if (typeof stack !== 'string') return ''
  return stack
    .split('\n')
    .map((line) => `\n    ${printable(line.trim())}`)
    .join('')
}

/** One log entry (a line of JSON) as a line for people: time, level, message, then the other fields as key=value. */
export const readableLine = (json: string): string => {
  const { time, level, msg, err, ...rest } = JSON.parse(json) as Entry
  const clock = typeof time === 'string' ? time.slice(11, 23) : ''
  const label = String(level).toUpperCase().padEnd(5)
  const coloured = `\u001b[${COLOURS[String(level)] ?? 0}m${label}\u001b[0m`
  const text = [typeof msg === 'string' ? msg : '', fieldsOf(rest)].filter((part) => part !== '').join(' ')
  return `${clock} ${coloured} ${printable(text)}${stackOf(err)}\n`
}

/** A destination for pino that writes each entry to a terminal as a line for people. */
export const readableLines = (terminal: { write(text: string): unknown }): DestinationStream => ({
  write: (json) => {
    terminal.write(readableLine(json))
  },
})
