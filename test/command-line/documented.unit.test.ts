import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { EXIT } from '../../command-line/exit-codes.ts'
import { parseCall } from '../../command-line/parse-call.ts'

const page = 'docs/guides/command-line.md'

const exitTable = (): string =>
  [
    '| Code | Meaning |',
    '| --- | --- |',
    ...Object.values(EXIT).map(([code, meaning]) => `| ${code} | ${meaning} |`),
  ].join('\n')

it('documents every exit code as the command line has them', async () => {
  const text = await readFile(page, 'utf8')
  const generated = text.replace(
    /(<!-- exit codes -->\n)[^]*(<!-- \/exit codes -->)/,
    (_, before: string, after: string) => `${before}\n${exitTable()}\n\n${after}`,
  )
  expect(generated).toContain('| 130 |')
  await expect(generated).toMatchFileSnapshot(`../../${page}`)
})

/** The commands that a help text lists: `  waybill token create <name>  make a token`. */
const commandsIn = async (...argv: readonly string[]): Promise<readonly string[]> => {
  const help = await parseCall([...argv, '--help'], '1.2.3')
  const text = help.kind === 'text' ? help.text : ''
  return [...text.matchAll(/^ {2}waybill ([a-z]+(?: [a-z]+)?)/gm)].map(([, command = '']) => command)
}

it('documents every command', async () => {
  const text = await readFile(page, 'utf8')
  const table = text.slice(0, text.indexOf('"This machine" means'))
  const groups = await commandsIn()
  expect(groups).toContain('upload')
  for (const group of groups) {
    const within = (await commandsIn(group)).filter((command) => command.startsWith(`${group} `))
    for (const command of within.length === 0 ? [group] : within) expect(table).toContain(`\`${command}\``)
  }
})
