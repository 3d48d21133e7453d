import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { openTestLog, pendingIn, until, type TestLog } from './harness.ts'

const RUN = 'fail-over'

let log: TestLog
const running: WorkerProcess[] = []
beforeEach(async () => {
  log = await openTestLog()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.kill('SIGKILL')))
  await log.close()
})

interface WorkerProcess {
  readonly performed: readonly string[]
  kill(signal: NodeJS.Signals): Promise<void>
}

const start = async (): Promise<WorkerProcess> => {
  const program = new URL('worker-process.ts', import.meta.url).pathname
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(log.database.connection), RUN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const performed: string[] = []
  const ready = new Promise<void>((resolve) => {
    if (child.stdout === null) throw new Error('it has no output')
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'ready') resolve()
      else performed.push(line.slice('performed '.length))
    })
  })
  const one: WorkerProcess = {
    performed,
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
    },
  }
  running.push(one)
  await Promise.race([ready, ended.then(() => Promise.reject(new Error('it ended before it was ready')))])
  return one
}

const want = async (count: number): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, newId)
  await log.say('Wanted', { run: RUN, jobs: ids.map((id) => ({ id, lane: 'a', key: 'a' })) })
  return ids
}

const nothingPending = () => until(async () => (await pendingIn(log, RUN)) === 0, 'nothing is pending')

/** Which of the two leads, told by who carries out a job. */
const leaderOf = async (one: WorkerProcess, other: WorkerProcess) => {
  const [id = ''] = await want(1)
  await until(() => one.performed.includes(id) || other.performed.includes(id), 'somebody leads')
  return one.performed.includes(id) ? { leader: one, other } : { leader: other, other: one }
}

it('lets one of two processes lead and carry out the jobs, and the other when that one is killed', async () => {
  const { leader, other } = await leaderOf(await start(), await start())
  const first = await want(20)
  await until(() => first.every((id) => leader.performed.includes(id)), 'the leader carried them out')
  await nothingPending()
  expect(other.performed).toEqual([])

  await leader.kill('SIGKILL')
  const killedAt = performance.now()
  const second = await want(20)
  await until(() => second.every((id) => other.performed.includes(id)), 'the other one carried them out')
  expect(performance.now() - killedAt).toBeLessThan(8000)
  expect(other.performed).toEqual(second)
  await nothingPending()
})

it('hands over within four seconds when the leader is stopped, and does nothing twice', async () => {
  const { leader, other } = await leaderOf(await start(), await start())
  const first = await want(50)
  await until(() => leader.performed.length > 10, 'it is at work')
  await leader.kill('SIGTERM')
  const stoppedAt = performance.now()
  const second = await want(20)
  await until(() => second.every((id) => other.performed.includes(id)), 'the other one carried them out')
  expect(performance.now() - stoppedAt).toBeLessThan(4000)
  const all = [...leader.performed.slice(1), ...other.performed]
  expect(new Set(all)).toEqual(new Set([...first, ...second]))
  expect(all.length).toBe(70)
  await nothingPending()
})
