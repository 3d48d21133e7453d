import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FileSide } from '../peers/nginx.ts'
import { startWaybill } from '../peers/waybill.ts'

/** Waybill with the files of a folder uploaded to its generic repository, which is made public: nginx asks for nothing either. */
export async function startWaybillFiles(folder: string, files: readonly string[]): Promise<FileSide> {
  const side = await startWaybill()
  try {
    const { origin } = new URL(side.url)
    const authorization = `Bearer ${side.token}`
    const urlOf = (file: string): string => `${origin}/generic/main/generic/${file}`
    await checked(`${origin}/api/commands/UpdateRepository`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ project: 'main', repository: 'generic', public: true }),
    })
    for (const file of files) {
      const path = join(folder, file)
      const { size } = await stat(path)
      await checked(urlOf(file), {
        method: 'PUT',
        headers: { authorization, 'content-length': String(size), 'content-type': 'application/octet-stream' },
        body: Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
        duplex: 'half',
      })
    }
    return { name: side.name, urlOf, usage: side.usage, stop: side.stop }
  } catch (error) {
    await side.stop()
    throw error
  }
}

async function checked(url: string, init: RequestInit & { duplex?: 'half' }): Promise<void> {
  const response = await fetch(url, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`)
}
