import { expect, it } from 'vitest'
import { contentDisposition } from './content-disposition.ts'

it.each([
  [undefined, 'attachment'],
  ['left-pad-1.3.0.tgz', 'attachment; filename="left-pad-1.3.0.tgz"'],
  ['two words.txt', 'attachment; filename="two words.txt"'],
  ['naïve.txt', `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`],
  ['€(1)😀.txt', `attachment; filename="_(1)_.txt"; filename*=UTF-8''%E2%82%AC%281%29%F0%9F%98%80.txt`],
  ['a"b\\c.txt', `attachment; filename="a_b_c.txt"; filename*=UTF-8''a%22b%5Cc.txt`],
  ['100%41.txt', `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`],
  ['a\r\nSet-Cookie: b', `attachment; filename="a__Set-Cookie: b"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b`],
  ['half \ud83d', `attachment; filename="half _"; filename*=UTF-8''half%20%EF%BF%BD`],
])('names %j as %s', (fileName, field) => expect(contentDisposition('attachment', fileName)).toBe(field))
