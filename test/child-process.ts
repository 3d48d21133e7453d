import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Outcome {
  /** null: it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env: Record<string, string>
  /** Killed after this many milliseconds; the outcome then has no code and says so. */
  readonly timeout: number
  readonly input?: string
}

/** Runs a program to its end. A program that fails is an outcome, one that cannot be started is an error. */
export const runProgram = async (program: string, args: readonly string[], options: RunOptions): Promise<Outcome> => {
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => (texts[name] += text))
  }
  child.stdin.end(options.input ?? '')
  const timer = setTimeout(() => {
    texts.stderr += `\n[killed after ${options.timeout} ms]`
    child.kill('SIGKILL')
  }, options.timeout)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...texts }
  } finally {
    clearTimeout(timer)
  }
}
