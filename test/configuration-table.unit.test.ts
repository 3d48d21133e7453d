import { expect, it } from 'vitest'
import { readFile } from 'node:fs/promises'
import { configTable } from '../platform/config/config-table.ts'

const page = 'docs/reference/configuration.md'

it('documents every setting as the schema has it', async () => {
  const text = await readFile(page, 'utf8')
  const generated = text.replace(
    /(<!-- settings -->\n)[^]*(<!-- \/settings -->)/,
    (_, before: string, after: string) => `${before}\n${configTable()}\n\n${after}`,
  )
  expect(generated).toContain('WAYBILL_PORT')
  await expect(generated).toMatchFileSnapshot(`../${page}`)
})
