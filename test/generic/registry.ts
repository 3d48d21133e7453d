import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { curl, type CurlAnswer } from './curl.ts'

/** A started Waybill, and curl on its generic repositories as `admin` unless said otherwise. */
export interface GenericRegistry {
  readonly waybill: WaybillProcess
  /** For files that are uploaded or downloaded. */
  readonly folder: string
  /** `login:password`. */
  readonly admin: string
  /** The address of a path in a repository of project `main`. */
  at(path: string, repository?: string): string
  as(user: string | undefined, args: readonly string[]): Promise<CurlAnswer>
  curl(...args: readonly string[]): Promise<CurlAnswer>
  /** Uploads a text. */
  put(path: string, text: string, ...args: readonly string[]): Promise<CurlAnswer>
  /** Carries out a command as `admin`; throws when it is refused. */
  command(name: string, input: unknown): Promise<Readonly<Record<string, unknown>>>
  stop(): Promise<void>
}

export const startRegistry = async (): Promise<GenericRegistry> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-generic-'))
  const waybill = await startWaybill()
  const admin = `admin:${waybill.adminPassword}`
  const as: GenericRegistry['as'] = (user, args) => curl([...(user === undefined ? [] : ['--user', user]), ...args])
  const at = (path: string, repository = 'generic') => `${waybill.url}/generic/main/${repository}/${path}`
  let texts = 0
  return {
    waybill,
    folder,
    admin,
    at,
    as,
    curl: (...args) => as(admin, args),
    put: async (path, text, ...args) => {
      const file = join(folder, `text-${texts++}`)
      await writeFile(file, text)
      return as(admin, ['--upload-file', file, ...args, path.startsWith('http') ? path : at(path)])
    },
    command: async (name, input) => {
      const answer = await fetch(`${waybill.url}/api/commands/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(admin)}` },
        body: JSON.stringify(input),
      })
      const body = (await answer.json()) as Readonly<Record<string, unknown>>
      if (!answer.ok) throw new Error(`${name} was refused with ${answer.status}: ${JSON.stringify(body)}`)
      return body
    },
    stop: async () => {
      await waybill.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
