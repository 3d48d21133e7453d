import { describe, expect, it } from 'vitest'
import { credentialsIn } from './credentials.ts'

const secret = `wbt_${'aB3-_'.repeat(9).slice(0, 43)}`
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('an Authorization header', () => {
  it.each([`Bearer ${secret}`, `bearer ${secret}`, `BEARER   ${secret}`])('%s holds a token', (header) => {
    expect(credentialsIn(header)).toEqual({ kind: 'token', secret })
  })

  it.each(['__token__', 'ada', '', 'somebody else'])('holds a token as the password of %j', (user) => {
    expect(credentialsIn(basic(`${user}:${secret}`))).toEqual({ kind: 'token', secret })
  })

  it.each([
    ['ada:open sesame', 'ada', 'open sesame'],
    ['ada:with:colons', 'ada', 'with:colons'],
    ['ada:pässwörd', 'ada', 'pässwörd'],
    ['ada:', 'ada', ''],
    [`ada:x${secret}`, 'ada', `x${secret}`],
  ])('%s holds a password', (text, login, password) => {
    expect(credentialsIn(basic(text))).toEqual({ kind: 'password', login, password })
  })

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer npm_abc',
    `Bearer ${secret}x`,
    `Bearer ${secret.slice(0, -1)}`,
    secret,
    'Basic',
    'Basic !!!!',
    basic('no colon'),
    `Digest ${secret}`,
    'Negotiate YII=',
  ])('%j holds nothing that can be checked', (header) => {
    expect(credentialsIn(header)).toBeUndefined()
  })
})
