import { expect, it } from 'vitest'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { systemClock } from '../../platform/clock.ts'
import { PlatformError } from '../../platform/platform-error.ts'
import { appendOutcomes } from './append-outcomes.ts'
import type { OutcomeEvents } from './outcomes.ts'

const of = (webhookId: string): OutcomeEvents => ({
  stream: `webhookDelivery-${webhookId}`,
  events: [{ type: 'WebhookEventsDelivered', data: { webhookId, deliveries: ['one'] } }],
})

/** Answers an append when the test says so. */
const held = () => {
  const answers = new Map<string, { readonly take: () => void; readonly refuse: (error: Error) => void }>()
  const store = {
    append: (stream: string) =>
      new Promise((resolve, reject) => {
        answers.set(stream, { take: () => resolve({ revision: 0, position: '1' }), refuse: reject })
      }),
  } as unknown as EventStore
  return { store, answers }
}

it('appends to all streams at once', async () => {
  const { store, answers } = held()
  const appended = appendOutcomes({ store, clock: systemClock }, 'webhook', 'batch', [of('a'), of('b'), of('c')])
  expect([...answers.keys()]).toEqual(['webhookDelivery-a', 'webhookDelivery-b', 'webhookDelivery-c'])
  for (const { take } of answers.values()) take()
  await appended
})

it('tells of a failure when none is under way any more', async () => {
  const { store, answers } = held()
  let told = false
  const appended = appendOutcomes({ store, clock: systemClock }, 'webhook', 'batch', [of('a'), of('b')])
  const failed = expect(appended.finally(() => (told = true))).rejects.toThrow('too large')
  answers.get('webhookDelivery-a')?.refuse(new PlatformError('invalid-append', 'too large'))
  await new Promise((resume) => setImmediate(resume))
  expect(told).toBe(false)
  answers.get('webhookDelivery-b')?.take()
  await failed
})
