import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { commandReference, errorTable } from './command-reference.ts'
import { eventReference } from './event-reference.ts'

/** The page with what stands between the marks `<!-- name -->` and `<!-- /name -->` made anew. */
const filled = (page: string, name: string, content: string): string => {
  const marks = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`)
  expect(page).toMatch(marks)
  return page.replace(marks, (_, before: string, after: string) => `${before}\n${content}\n\n${after}`)
}

it('documents every event type as the catalogue has it', async () => {
  const page = await readFile('docs/reference/events.md', 'utf8')
  const generated = filled(page, 'events', eventReference())
  expect(generated).toContain('## TagSet')
  await expect(generated).toMatchFileSnapshot('../../docs/reference/events.md')
})

it('documents every command and every refusal as the catalogue has them', async () => {
  const page = await readFile('docs/reference/api.md', 'utf8')
  const generated = filled(filled(page, 'commands', await commandReference()), 'errors', errorTable())
  expect(generated).toContain('### SetTag')
  await expect(generated).toMatchFileSnapshot('../../docs/reference/api.md')
})
