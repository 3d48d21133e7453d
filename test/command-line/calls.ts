import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram, type Outcome } from '../child-process.ts'
import { ownEnvironment } from '../own-environment.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'waybill.js')

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Calls of the `waybill` command by a person with a home and a folder of its own. */
export interface Person {
  /** Where calls are made, and home at once. */
  readonly folder: string
  call(args: readonly string[], options?: CallOptions): Promise<Outcome>
  /** Throws when it does not end with 0. */
  done(args: readonly string[], options?: CallOptions): Promise<string>
  /** The result of a call with `--json`. */
  json<Result>(args: readonly string[], options?: CallOptions): Promise<Result>
  [Symbol.asyncDispose](): Promise<void>
}

export const newPerson = async (env: Readonly<Record<string, string>> = {}): Promise<Person> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-person-'))
  const call: Person['call'] = (args, { env: more = {}, input = '' } = {}) =>
    runProgram(process.execPath, [bin, ...args], {
      cwd: folder,
      env: ownEnvironment({ HOME: folder, ...env, ...more }),
      timeout: 120_000,
      input,
    })
  const done: Person['done'] = async (args, options) => {
    const { code, stdout, stderr } = await call(args, options)
    if (code !== 0) throw new Error(`waybill ${args.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }
  return {
    folder,
    call,
    done,
    json: async <Result>(args: readonly string[], options?: CallOptions) =>
      JSON.parse(await done([...args, '--json'], options)) as Result,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
