import { describe, expect, it } from 'vitest'
import { validate } from '../validate.ts'
import { WebhookHeaders, webhookHeaders } from './webhook-headers.ts'

const refused = expect.objectContaining({ code: 'invalid-input' }) as Error

describe('the headers of a webhook', () => {
  it('are values, of which some are secret', () => {
    expect(
      webhookHeaders({ 'X-Team': 'build', 'X-Token': { value: 'abc', secret: true }, 'X-Plain': { value: '' } }),
    ).toEqual([
      { name: 'X-Team', value: 'build', secret: false },
      { name: 'X-Token', value: 'abc', secret: true },
      { name: 'X-Plain', value: '', secret: false },
    ])
    expect(webhookHeaders()).toEqual([])
  })

  it('are secret when they are credentials, whatever somebody says of them', () => {
    expect(webhookHeaders({ Authorization: 'Bearer abc', cookie: { value: 'a=b', secret: false } })).toMatchObject([
      { secret: true },
      { secret: true },
    ])
  })

  it.each([
    '',
    'X Token',
    'X-Token:',
    'X-Tök',
    'X-Token\r\nX-Evil',
    'x'.repeat(101),
    'Host',
    'host',
    'Content-Length',
    'Content-Type',
    'Transfer-Encoding',
    'TE',
    'Trailer',
    'Upgrade',
    'Connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'Expect',
    'Webhook-Signature',
    'webhook-id',
    'webhook-anything',
    'CE-Id',
    'ce-',
  ])('have no name %j', (name) => {
    const headers = { [name]: 'x' }
    expect(() => {
      validate(WebhookHeaders, headers)
      webhookHeaders(headers)
    }).toThrow(refused)
  })

  it.each(['a\r\nX-Evil: 1', 'a\nb', 'a\rb', 'a\u0000b', 'a\u007fb', ' a', 'a ', '\ta', 'ü', '\u2028', '\ud800'])(
    'have no value %j, and the sentence does not repeat it',
    (value) => {
      expect(() => webhookHeaders({ 'X-Token': value })).toThrow(refused)
      expect(() => webhookHeaders({ 'X-Token': { value: `${value}s3cret${value}`, secret: true } })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('s3cret') as string }),
      )
    },
  )

  it('are not given twice in another case, nor too many, nor too much', () => {
    expect(() => webhookHeaders({ 'X-A': '1', 'x-a': '2' })).toThrow('twice')
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'v']))
    expect(() => validate(WebhookHeaders, many(20))).not.toThrow()
    expect(() => validate(WebhookHeaders, many(21))).toThrow(refused)
    const long = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`X-${index}`, 'v'.repeat(4000)]))
    expect(() => webhookHeaders(long)).toThrow('more than 16384 characters')
  })

  it('mean nothing by names that objects have', () => {
    expect(webhookHeaders(JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>)).toEqual([
      { name: '__proto__', value: 'x', secret: false },
      { name: 'constructor', value: 'y', secret: false },
    ])
  })
})
