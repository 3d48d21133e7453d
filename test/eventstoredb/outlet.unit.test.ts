import { Writable } from 'node:stream'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { Outlet } from './outlet.ts'

/** A call whose client takes a message when it is told to. */
const slowCall = () => {
  const taken: Uint8Array[] = []
  let take = (): void => undefined
  const call = new Writable({
    objectMode: true,
    highWaterMark: 2,
    write: (message: Uint8Array, _encoding, done) => {
      take = () => {
        taken.push(message)
        done()
      }
    },
  })
  const outlet = new Outlet(call as unknown as ServerWritableStream<unknown, Uint8Array>)
  return { call, outlet, taken, takeOne: () => take() }
}

const message = new Uint8Array([1])

const isSettled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resume) => setImmediate(() => resume(false)))])

describe('sending', () => {
  it('waits while the client does not take what was sent', async () => {
    const { outlet, takeOne } = slowCall()
    expect(await outlet.send(message)).toBe(false)
    const second = outlet.send(message)
    expect(await isSettled(second)).toBe(false)

    takeOne()
    expect(await isSettled(second)).toBe(false)
    takeOne()
    expect(await second).toBe(true)
  })

  it('ends its wait when the client goes', async () => {
    const { call, outlet } = slowCall()
    await outlet.send(message)
    const second = outlet.send(message)
    call.emit('cancelled')

    expect(await isSettled(second)).toBe(true)
    expect(outlet.closed).toBe(true)
  })

  it('does nothing after the end', async () => {
    const { call, outlet, taken, takeOne } = slowCall()
    call.emit('cancelled')
    await outlet.send(message)
    takeOne()

    expect(taken).toEqual([])
  })
})
