import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { secretBytes, signatureHeaders, signingKey } from './signature.ts'

const secretOf = (bytes: number, fill: number): string => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`

const message = { id: 'evt', at: Date.now(), body: '{"name":"grüße"}' }

describe('signatureHeaders', () => {
  it('signs as the published example of Standard Webhooks does', () => {
    const headers = signatureHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_999, body: '{"test": 2432232314}' },
      [signingKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
    )
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('is verified with either secret while they are rotated, and with no other', () => {
    const [one, two, other] = [secretOf(24, 1), secretOf(64, 2), secretOf(32, 3)]
    const headers = signatureHeaders(message, [signingKey(one), signingKey(two)])
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2)
    for (const secret of [one, two])
      expect(new Webhook(secret).verify(message.body, headers)).toEqual({ name: 'grüße' })
    expect(() => new Webhook(other).verify(message.body, headers)).toThrow('No matching signature')
    expect(() => new Webhook(one).verify(`${message.body} `, headers)).toThrow('No matching signature')
  })
})

describe('secretBytes', () => {
  it('takes 24 to 64 bytes', () => {
    expect([24, 64].map((bytes) => secretBytes(secretOf(bytes, 7)).length)).toEqual([24, 64])
    for (const wrong of [secretOf(23, 1), secretOf(65, 1), 'whsec_', '', Buffer.alloc(32).toString('base64')])
      expect(() => secretBytes(wrong)).toThrow('a signing secret is whsec_')
  })
})
