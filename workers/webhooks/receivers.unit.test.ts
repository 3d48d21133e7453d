import { describe, expect, it } from 'vitest'
import { shareOut } from './receivers.ts'

/** As many as get a place at once. */
const enterMany = async (receivers: ReturnType<typeof shareOut>, webhookId: string, count: number) => {
  const places: ((responded: boolean | undefined) => void)[] = []
  const refused: number[] = []
  const entering = Array.from({ length: count }, async (_, at) => {
    const leave = await receivers.enter(webhookId)
    if (leave === undefined) refused.push(at)
    else places.push(leave)
  })
  await new Promise((resolve) => setImmediate(resolve))
  return { places, refused, entered: Promise.all(entering) }
}

describe('receivers', () => {
  it('get 16 deliveries at a time each, and the next when one is over', async () => {
    const receivers = shareOut()
    const one = await enterMany(receivers, 'one', 20)
    const two = await enterMany(receivers, 'two', 3)
    expect([one.places.length, two.places.length]).toEqual([16, 3])
    for (let at = 0; at < 4; at += 1) one.places[at]?.(true)
    await one.entered
    expect([one.places.length, one.refused.length]).toEqual([20, 0])
  })

  it('that do not respond get one at a time, and nobody waits for them', async () => {
    const receivers = shareOut()
    const { places, refused, entered } = await enterMany(receivers, 'one', 20)
    places[0]?.(false)
    await entered
    expect([places.length, refused.length]).toEqual([16, 4])
    for (const leave of places.slice(1)) leave(false)
    const again = await enterMany(receivers, 'one', 3)
    expect([again.places.length, again.refused.length]).toEqual([1, 2])
    again.places[0]?.(true)
    expect((await enterMany(receivers, 'one', 16)).places).toHaveLength(16)
  })

  it('are as before when it was not found out', async () => {
    const receivers = shareOut()
    const { places } = await enterMany(receivers, 'one', 2)
    for (const leave of places) leave(undefined)
    expect((await enterMany(receivers, 'one', 16)).places).toHaveLength(16)
  })
})
