import { describe, expect, it } from 'vitest'
import { MOST_URL_CHARACTERS, webhookUrl } from './webhook-url.ts'

describe('the address of a webhook', () => {
  it.each([
    ['https://example.com', 'https://example.com/', 'https://example.com'],
    ['HTTPS://Example.COM:443/Hook?token=A%20b', 'https://example.com/Hook?token=A%20b', 'https://example.com'],
    ['http://example.com:8080/a/../b', 'http://example.com:8080/b', 'http://example.com:8080'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example'],
    ['http://[2001:DB8::1]:80/x', 'http://[2001:db8::1]/x', 'http://[2001:db8::1]'],
    ['http://0x7f.1/', 'http://127.0.0.1/', 'http://127.0.0.1'],
    ['https://example.com/a@b:c', 'https://example.com/a@b:c', 'https://example.com'],
  ])('%s is written %s', (given, url, origin) => expect(webhookUrl(given)).toEqual({ url, origin }))

  it.each([
    'example.com/hook',
    '//example.com/hook',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,x',
    'unix:/run/x.sock',
    'https:example.com',
    'https:/example.com',
    'https:///example.com',
    'https://',
    'https://?x',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://:password@example.com/',
    'https://example.com/#part',
    'https://example.com/#',
    'https://example.com\\@other.example/',
    ' https://example.com/',
    'https://exam\tple.com/',
    'https://example.com/\r\nX-Evil: 1',
    'https://example.com/\u0000',
    'https://example.com:99999/',
    'https://exa mple.com/',
    'https://999.999.999.999/',
  ])('is not %j', (given) =>
    expect(() => webhookUrl(given)).toThrow(expect.objectContaining({ code: 'invalid-input' })),
  )

  it('has a length that is counted as it is sent', () => {
    const start = 'https://example.com/'
    const most = start + 'a'.repeat(MOST_URL_CHARACTERS - start.length)
    expect(webhookUrl(most).url).toBe(most)
    expect(() => webhookUrl(`${most}a`)).toThrow('longer than 2048')
    expect(() => webhookUrl(start + 'ü'.repeat(400))).toThrow('longer than 2048')
  })

  it('is in no sentence that refuses it, since it may hold a token', () => {
    for (const given of ['ftp://example.com/s3cret', 'https://u:s3cret@example.com/', 'https://example.com/s3cret#x'])
      expect(() => webhookUrl(given)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('s3cret') as string }),
      )
  })
})
