import { notesOf, settingNames } from './config-schema.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

/** The table of every setting (Markdown), generated from the schema, so that documentation and behaviour cannot differ. */
export const configTable = (): string =>
  [
    row(['Variable', 'Value', 'Default', 'Meaning']),
    row(['---', '---', '---', '---']),
    ...settingNames.map((name) => {
      const notes = notesOf(name)
      const whenUnset = notes.default === undefined ? (notes.whenUnset ?? '') : `\`${notes.default}\``
      return row([`\`${name}\``, notes.expected, whenUnset, notes.description])
    }),
  ].join('\n')
