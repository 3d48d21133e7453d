import { setTimeout as pause } from 'node:timers/promises'
import { adminToken } from '../npm/admin-token.ts'
import type { WaybillProcess } from '../waybill-process.ts'

/** Sends commands and files to a gateway as `admin`. */
export interface Sender {
  command(name: string, input: object): Promise<Readonly<Record<string, unknown>>>
  store(repository: string, path: string): Promise<void>
}

export const senderTo = async (gateway: WaybillProcess): Promise<Sender> => {
  const authorization = `Bearer ${await adminToken(gateway)}`
  const answered = async (method: string, path: string, type: string, body: string): Promise<string> => {
    const headers = { authorization, 'content-type': type }
    const answer = await fetch(`${gateway.url}${path}`, { method, headers, body })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} was refused with ${answer.status}: ${text}`)
    return text
  }
  return {
    async command(name, input) {
      const text = await answered('POST', `/api/commands/${name}`, 'application/json', JSON.stringify(input))
      return JSON.parse(text) as Readonly<Record<string, unknown>>
    },
    async store(repository, path) {
      await answered('PUT', `/generic/main/${repository}/${path}`, 'text/plain', path)
    },
  }
}

/** Changes of files, several of each, one after the other per file. */
export interface Load {
  readonly repositories: readonly string[]
  /** In each repository. */
  readonly files: number
  /** Of each file: it is stored, and gets new properties. */
  readonly changes: number
  readonly perSecond: number
}

const AT_ONCE = 16

/** Makes all changes at the pace, and returns when each was acknowledged; a refusal rejects. */
export const makeChanges = async (sender: Sender, load: Load, stop?: AbortSignal): Promise<number> => {
  const { repositories, files, changes, perSecond } = load
  const places = repositories.flatMap((repository) =>
    Array.from({ length: files }, (_, number) => ({ repository, path: `file/${number}` })),
  )
  const began = performance.now()
  let begun = 0
  /** One file's next change is begun only after its last was acknowledged: the lanes share the files out. */
  const lane = async (own: typeof places): Promise<void> => {
    for (let change = 0; change < changes; change += 1) {
      for (const { repository, path } of own) {
        if (stop?.aborted === true) return
        const due = began + (1000 * begun) / perSecond
        begun += 1
        await pause(Math.max(0, due - performance.now()))
        if (change === 0) await sender.store(repository, path)
        else {
          const properties = { change: String(change) }
          await sender.command('SetFileProperties', { project: 'main', repository, path, properties })
        }
      }
    }
  }
  await Promise.all(
    Array.from({ length: AT_ONCE }, (_, number) => lane(places.filter((__, at) => at % AT_ONCE === number))),
  )
  return begun
}
