import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pageSize, visiblePage } from './page.ts'

const listOf = (count: number) => {
  const asked: number[] = []
  const fetch = (after: number | undefined, limit: number) => {
    asked.push(limit)
    const from = after === undefined ? 0 : after + 1
    return Promise.resolve(
      Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, index) => from + index),
    )
  }
  return { asked, fetch }
}

it('fills the page from behind rows that are not visible', async () => {
  const { fetch } = listOf(100)
  const page = await visiblePage(3, fetch, (row) => row % 10 === 9)
  expect(page).toEqual({ rows: [9, 19, 29], more: true })
})

it('says that nothing follows when only rows that are not visible follow', async () => {
  const { fetch } = listOf(100)
  expect(await visiblePage(3, fetch, (row) => row < 3)).toEqual({ rows: [0, 1, 2], more: false })
})

it('asks for ever more rows while few of them are visible, and never for more than 1,000', async () => {
  const { asked, fetch } = listOf(10_000)
  await visiblePage(100, fetch, () => false)
  expect(asked.slice(0, 5)).toEqual([101, 202, 404, 808, 1000])
  expect(Math.max(...asked)).toBe(1000)
})

it('shows every visible row once over all pages, whatever is visible', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), async (shown, size) => {
      const { fetch } = listOf(shown.length)
      const seen: number[] = []
      let last: number | undefined
      for (let more = true; more;) {
        const from = last
        const page = await visiblePage<number>(
          size,
          (after, limit) => fetch(after ?? from, limit),
          (row) => shown[row] === true,
        )
        seen.push(...page.rows)
        last = page.rows.at(-1)
        more = page.more
        if (more) expect(page.rows).toHaveLength(size)
      }
      expect(seen).toEqual(shown.flatMap((visible, index) => (visible ? [index] : [])))
    }),
  )
})

it('takes 50 rows unless it is told otherwise, and refuses what is no size of a page', () => {
  expect(pageSize(undefined)).toBe(50)
  expect(pageSize(500)).toBe(500)
  for (const first of [0, -1, 501]) expect(() => pageSize(first)).toThrow(/1 to 500/)
})
