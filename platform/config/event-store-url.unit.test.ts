import { describe, expect, it } from 'vitest'
import { readEventStoreUrl } from './event-store-url.ts'

describe('the address of an event store', () => {
  it.each([
    ['esdb://node:2113?tls=false', { connectionString: 'esdb://node:2113?tls=false' }],
    [
      'esdb://a:1,b:2,c/?tls=false&nodePreference=leader',
      { connectionString: 'esdb://a:1,b:2,c?tls=false&nodePreference=leader' },
    ],
    ['kurrentdb+discover://name', { connectionString: 'esdb+discover://name' }],
    ['esdb://admin:p%40ss@[::1]:2113', { connectionString: 'esdb://admin:p%40ss@[::1]:2113' }],
    ['esdb://node?streamPrefix=acme.&tls=true', { connectionString: 'esdb://node?tls=true', streamPrefix: 'acme.' }],
  ])('is read from %s', (text, location) => {
    expect(readEventStoreUrl(text)).toEqual(location)
  })

  it.each([
    ['http://node:2113', 'expected esdb://'],
    ['esdb://', 'expected esdb://'],
    ['esdb://node:port', 'one of the hosts is none'],
    ['esdb://a,,b', 'one of the hosts is none'],
    ['esdb://node?tls=False', 'the value of tls'],
    ['esdb://node?tsl=false', '"tsl" is none of'],
    ['esdb://node?streamPrefix=a-b', 'streamPrefix is not made of'],
    ['esdb://node?streamPrefix=$x', 'streamPrefix is not made of'],
  ])('is refused when it is %s', (text, why) => {
    expect(() => readEventStoreUrl(text)).toThrow(why)
  })
})
