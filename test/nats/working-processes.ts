import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { WorkingPlan } from './working-process.ts'

export interface Begun {
  readonly id: string
  readonly attempt: number
  readonly pid: number
  /** `performance.now()` of when it was heard of. */
  readonly at: number
}

/** Processes that work on a kind, and what they have begun, in the order in which it was heard of. */
export interface WorkingProcesses {
  readonly begun: readonly Begun[]
  start(plan: WorkingPlan): Promise<ChildProcess>
  endAll(): Promise<void>
}

export const workingProcesses = (): WorkingProcesses => {
  const begun: Begun[] = []
  const children: ChildProcess[] = []
  const program = fileURLToPath(new URL('working-process.ts', import.meta.url))
  return {
    begun,
    async start(plan) {
      const child = spawn(process.execPath, [program, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      let ready = false
      let rest = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const [id = '', attempt] = line.split(' ')
          if (attempt === undefined) ready = true
          else begun.push({ id, attempt: Number(attempt), pid: child.pid ?? 0, at: performance.now() })
        }
      })
      await expect.poll(() => ready, { timeout: 20_000, interval: 20 }).toBe(true)
      return child
    },
    async endAll() {
      for (const child of children.splice(0)) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
    },
  }
}
