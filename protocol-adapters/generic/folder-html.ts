import { createHash } from 'node:crypto'
import { encodePath } from './address.ts'
import type { FolderPage, ListedEntry } from './folder-page.ts'

const STYLE =
  'body{font:14px/1.6 system-ui,sans-serif;margin:2rem}td,th{text-align:left;padding:0 1.5rem 0 0}' +
  'td:nth-child(2){text-align:right}td:nth-child(4){font-family:monospace}'

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Names are written by strangers: nothing on the page may run, load or send anything. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

/** `./`: a name with a colon would be taken for a scheme, were it not encoded as it is. */
const link = (path: string, text: string): string => `<a href="./${escape(encodePath(path))}">${escape(text)}</a>`

const row = (entry: ListedEntry): string => {
  if (entry.type === 'folder')
    return `<tr><td>${link(`${entry.name}/`, `${entry.name}/`)}</td><td>-</td><td></td><td></td></tr>`
  const { name, size, modified, sha256 } = entry
  return `<tr><td>${link(name, name)}</td><td>${size}</td><td>${escape(modified)}</td><td>${sha256}</td></tr>`
}

const nextLink = (next: string | null, limit: number): string =>
  next === null
    ? ''
    : `<p><a rel="next" href="?after=${escape(encodeURIComponent(next))}&amp;limit=${limit}">next</a></p>\n`

/** The page of a folder for browsers. `title`: project and repository, with `@{instant}` when it has one. */
export const folderHtml = (title: string, { path, entries, next }: FolderPage, limit: number): string => {
  const heading = escape(`${title}/${path}`)
  const up = path === '' ? '' : '<tr><td><a href="../">../</a></td><td></td><td></td><td></td></tr>\n'
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${heading}</title><style>${STYLE}</style></head>
<body>
<h1>${heading}</h1>
<table>
<thead><tr><th>Name</th><th>Size</th><th>Modified</th><th>SHA-256</th></tr></thead>
<tbody>
${up}${entries.map(row).join('\n')}
</tbody>
</table>
${nextLink(next, limit)}</body>
</html>
`
}
