import { expect, it } from 'vitest'
import { byteSize, figure, formatTable } from './format-table.ts'

it('aligns names left, figures right, and ends no line with spaces', () => {
  const table = {
    title: 'GETs',
    columns: ['what', 'req/s', 'note'],
    rows: [
      ['tarball', '24,710', ''],
      ['packument', '843', 'x'],
    ],
  }
  expect(formatTable(table)).toBe(
    [
      'GETs',
      '',
      'what        req/s  note',
      '---------  ------  ----',
      'tarball    24,710',
      'packument     843     x',
    ].join('\n'),
  )
})

it('keeps as many digits as a reader compares', () => {
  expect([24_710.4, 843.2, 9.312, 0.45, Number.NaN].map(figure)).toEqual(['24,710', '843', '9.31', '0.45', '-'])
  expect([512, 12_184, 4_027_509].map(byteSize)).toEqual(['512 B', '12.2 kB', '4.0 MB'])
})
