import { expect, it } from 'vitest'
import type { AuditEntry } from './audit-source.ts'
import { formatWriter } from './formats.ts'

const entry = (subject: string | null): AuditEntry => ({
  position: '0'.repeat(20),
  at: '2026-03-01T12:00:00.000Z',
  type: 'TagSet',
  project: 'main',
  repository: 'npm',
  subject,
  actor: { kind: 'human', id: 'a', login: 'ada', via: 'session' },
  stream: 'tag-1',
  revision: 0,
  eventId: 'e',
  correlationId: 'c',
  causationId: 'c',
  data: { tag: 'latest', version: '1.0.0' },
})

const subjectCell = (subject: string | null): string =>
  /^[^,]*,[^,]*,TagSet,main,npm,(.*),human,/s.exec(formatWriter('csv', false).page([entry(subject)]))?.[1] ?? 'none'

it.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@sum', "'@sum"],
  ['\tx', "'\tx"],
  ['\rx', '"\'\rx"'],
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  [null, ''],
])('writes the cell %j as %j', (subject, cell) => {
  expect(subjectCell(subject)).toBe(cell)
})

it('writes one line for each event, and the names of columns when they are asked for', () => {
  const csv = formatWriter('csv', true)
  expect(csv.head.startsWith('position,at,type,')).toBe(true)
  expect(
    csv
      .page([entry('a'), entry('b')])
      .trimEnd()
      .split('\n'),
  ).toHaveLength(2)
  expect(csv.page([entry('a')])).toContain('"{""tag"":""latest"",""version"":""1.0.0""}"')
  const ndjson = formatWriter('ndjson', true)
  expect(ndjson.head).toBe('')
  expect(JSON.parse(ndjson.page([entry('=x')]))).toEqual(entry('=x'))
  for (const writer of [csv, ndjson]) expect(writer.page([])).toBe('')
})
