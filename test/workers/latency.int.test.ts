import { expect, it } from 'vitest'
import { derivedId } from '../../platform/ids.ts'
import { openTestLog, simpleLeases, startNode, until, workOf } from './harness.ts'

const JOBS = 200

it('begins a job a few milliseconds after its event was appended', async () => {
  const log = await openTestLog()
  const began = new Map<string, number>()
  const work = workOf('run', ({ id }) => {
    began.set(id, performance.now())
    return Promise.resolve({ outcome: 'done' })
  })
  const node = startNode(log, { leases: simpleLeases()(), works: [work] })
  const waits: number[] = []
  for (let number = 0; number < JOBS; number++) {
    const id = derivedId('latency', number)
    await log.say('Wanted', { run: 'run', jobs: [{ id, lane: `lane ${number % 10}` }] })
    const appended = performance.now()
    await until(() => began.has(id), 'it has begun')
    waits.push((began.get(id) ?? Infinity) - appended)
  }
  await node.stop()
  await log.close()
  waits.sort((one, other) => one - other)
  // far above what is usual, so that it tells a wait for a timer and not a busy machine
  expect(waits[JOBS / 2]).toBeLessThan(50)
})
