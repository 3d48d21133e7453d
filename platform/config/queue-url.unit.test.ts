import { describe, expect, it } from 'vitest'
import { readQueueUrl } from './queue-url.ts'

describe('the address of a queue', () => {
  it.each([
    ['nats://node', { servers: ['nats://node:4222'], tls: false }],
    ['NATS://a:1,b,[::1]:3/', { servers: ['nats://a:1', 'nats://b:4222', 'nats://[::1]:3'], tls: false }],
    [
      'tls://waybill:p%40ss:w%2Frd@node.example:4222,other',
      {
        servers: ['nats://node.example:4222', 'nats://other:4222'],
        credentials: { user: 'waybill', pass: 'p@ss:w/rd' },
        tls: true,
      },
    ],
  ])('is read from %s', (text, location) => {
    expect(readQueueUrl(text)).toEqual(location)
  })

  it.each([
    ['http://node:4222', 'expected nats:// or tls://'],
    ['nats://', 'expected nats:// or tls://'],
    ['nats://node/subject', 'expected nats:// or tls://'],
    ['nats://node?tls=true', 'expected nats:// or tls://'],
    ['nats://a:b@c:d@node', 'expected nats:// or tls://'],
    ['nats://node:port', 'one of the hosts is none'],
    ['nats://node:0', 'one of the hosts is none'],
    ['nats://node:65536', 'one of the hosts is none'],
    ['nats://a,,b', 'one of the hosts is none'],
    ['nats://token@node', 'a user and a password are expected'],
    ['nats://user:@node', 'a user and a password are expected'],
    ['nats://@node', 'a user and a password are expected'],
    ['nats://user:100%@node', 'a % that is not followed'],
  ])('is refused when it is %s', (text, why) => {
    expect(() => readQueueUrl(text)).toThrow(why)
  })
})
