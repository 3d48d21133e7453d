import type { Options } from 'yargs'
import { wrongCall } from './failure.ts'

/** A text given at most once: yargs makes a list of what is given twice. */
const once =
  (name: string) =>
  (value: unknown): string | undefined => {
    if (Array.isArray(value)) throw wrongCall(`--${name} is given more than once`)
    if (value === '') throw wrongCall(`--${name} is empty`)
    return value as string | undefined
  }

/** `--name TEXT`. */
export const textOption = (name: string, description: string) =>
  ({ type: 'string', requiresArg: true, description, coerce: once(name) }) as const satisfies Options

/** `--name TEXT` without which the call is wrong, unless there is an `otherwise`. */
export const requiredTextOption = (name: string, description: string, otherwise?: string) =>
  ({
    type: 'string',
    requiresArg: true,
    description,
    ...(otherwise === undefined ? { demandOption: true } : { default: otherwise }),
    coerce: (value: unknown): string => once(name)(value) ?? '',
  }) as const satisfies Options

/** `--name TEXT`, as often as wanted. */
export const textsOption = (description: string) =>
  ({ type: 'string', array: true, requiresArg: true, description }) as const satisfies Options

/** `--name N`, at least 1. */
export const countOption = (name: string, description: string, otherwise: number) =>
  ({
    type: 'string',
    requiresArg: true,
    description,
    default: String(otherwise),
    coerce: (value: unknown): number => {
      const text = once(name)(value) ?? ''
      if (!/^[1-9]\d{0,8}$/.test(text)) throw wrongCall(`--${name} is a whole number from 1 on, not ${text}`)
      return Number(text)
    },
  }) as const satisfies Options

export const flag = (description: string) =>
  ({ type: 'boolean', default: false, description }) as const satisfies Options

/** Which server a command speaks to, and as whom. There is no option for a token: everybody on the machine can read a call. */
export const serverOptions = {
  server: textOption('server', 'address of the server, else WAYBILL_SERVER or the one signed in to'),
  'token-stdin': flag('read the token from standard input, else WAYBILL_TOKEN or the one kept by login'),
} as const

export interface ServerArguments {
  readonly server: string | undefined
  readonly tokenStdin: boolean
}

export const jobsOption = { jobs: countOption('jobs', 'how many files at once', 4) } as const
