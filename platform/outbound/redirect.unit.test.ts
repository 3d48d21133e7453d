import { describe, expect, it } from 'vitest'
import type { OutboundRequest } from './outbound-request.ts'
import { redirected } from './redirect.ts'

const post: OutboundRequest = {
  method: 'POST',
  url: 'https://a.example/x',
  body: 'form',
  headers: { accept: '*/*' },
  timeoutMs: 1,
  maxResponseBytes: 1,
}

const answer = (status: number, location?: string) => ({
  status,
  headers: location === undefined ? {} : { location },
  body: Buffer.alloc(0),
  truncated: false,
  url: 'https://a.example/x',
})

describe('redirected', () => {
  it('is nothing for answers that lead nowhere', () => {
    expect(redirected(post, answer(200, '/y'))).toBeUndefined()
    expect(redirected(post, answer(302))).toBeUndefined()
    expect(redirected(post, answer(304, '/y'))).toBeUndefined()
  })

  it('turns a POST into a GET after 301, 302 and 303, and keeps it after 307 and 308', () => {
    const methods = [301, 302, 303, 307, 308].map((status) => redirected(post, answer(status, '/y')))
    expect(methods.map((next) => [next?.method, next?.body, next?.url])).toEqual([
      ['GET', undefined, 'https://a.example/y'],
      ['GET', undefined, 'https://a.example/y'],
      ['GET', undefined, 'https://a.example/y'],
      ['POST', 'form', 'https://a.example/y'],
      ['POST', 'form', 'https://a.example/y'],
    ])
  })

  it('leads to http and https only', () => {
    expect(() => redirected(post, answer(302, 'file:///etc/passwd'))).toThrow('only http:// and https://')
    expect(() => redirected(post, answer(302, 'http://['))).toThrow('no URL')
  })
})
