import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Not written by people, or not of the project. */
const LEFT_OUT = new Set(['node_modules', '.git', '.waybill', 'dist', 'package-lock.json'])

export interface SourceFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string
  readonly text: string
}

const pathsBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !LEFT_OUT.has(entry.name) && !entry.name.endsWith('.log'))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return pathsBelow(path)
      return entry.isFile() ? [path] : []
    })

/** Every text file of the project. */
export const sourceFiles = (): SourceFile[] =>
  pathsBelow('').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

export const readSource = (path: string): string => readFileSync(join(root, path), 'utf8')
