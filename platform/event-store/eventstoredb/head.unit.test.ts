import { Readable } from 'node:stream'
import type { AllStreamResolvedEvent } from '@eventstore/db-client'
import { beforeEach, expect, it } from 'vitest'
import { START } from '../event-store.ts'
import type { Link } from './connection.ts'
import { type HeadFinder, newHeadFinder } from './head.ts'
import { positionOf } from './positions.ts'
import { streamNames } from './stream-names.ts'

let log: AllStreamResolvedEvent[]
let heads: HeadFinder
/** Events that were read. */
let looked: number

beforeEach(() => {
  log = []
  looked = 0
  heads = newHeadFinder(streamNames('acme.'))
})

const write = (stream: string, count = 1): string => {
  for (let left = count; left > 0; left -= 1) {
    const commit = BigInt((log.length + 1) * 100)
    const event = { streamId: stream, type: 'Happened', position: { commit, prepare: commit } }
    log.push({ event } as unknown as AllStreamResolvedEvent)
  }
  return positionOf(BigInt(log.length * 100))
}

/** A link whose reads end after `most` events, as those of a link that is over do. */
const linkTo = ({ over = false, most = Number.POSITIVE_INFINITY } = {}): Link => {
  const readAll = ({ fromPosition, maxCount }: { fromPosition: 'end' | { commit: bigint }; maxCount: number }) => {
    const before = fromPosition === 'end' ? log.length : Number(fromPosition.commit) / 100 - 1
    const events = log.slice(0, before).reverse().slice(0, Math.min(maxCount, most))
    looked += events.length
    return Object.assign(Readable.from(events), { cancel: () => Promise.resolve() })
  }
  return { client: { readAll }, over, wasSilent: false } as unknown as Link
}

it('is the start of a log that holds nothing of ours', async () => {
  expect(await heads.find(linkTo())).toBe(START)
  write('other-1', 40)
  expect(await heads.find(linkTo())).toBe(START)
})

it('is the last event of ours, however many others stand behind it', async () => {
  write('acme.a-1')
  const last = write('acme.a-1')
  write('other-1', 5000)
  expect(await heads.find(linkTo())).toBe(last)
})

it('is found by looking at one event when nobody else writes', async () => {
  for (let count = 0; count < 10; count += 1) {
    const last = write('acme.a-1')
    expect(await heads.find(linkTo())).toBe(last)
    expect(await heads.find(linkTo())).toBe(last)
  }
  expect(looked).toBe(20)
})

it('does not look again at what it has seen, or what it was told of', async () => {
  write('other-1', 5000)
  const last = write('acme.a-1')
  heads.noticed(last)
  write('other-1', 3)
  expect(await heads.find(linkTo())).toBe(last)
  expect(looked).toBeLessThan(20)
  looked = 0
  expect(await heads.find(linkTo())).toBe(last)
  expect(looked).toBe(1)
})

it('learns nothing from a read that was cut short', async () => {
  const last = write('acme.a-1')
  write('other-1', 10)
  await heads.find(linkTo({ over: true, most: 3 }))
  expect(await heads.find(linkTo())).toBe(last)
})
