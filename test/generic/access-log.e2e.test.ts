import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withDatabaseOf } from '../engines/waybill-database.ts'
import { startWaybill } from '../waybill-process.ts'

interface Access {
  readonly kind: string
  readonly name: string | null
  readonly count: number
}

/** What the access log of a stopped Waybill holds of one client. */
const accessesOf = (dataFolder: string, userAgent: string): Promise<readonly Access[]> =>
  withDatabaseOf(
    dataFolder,
    ({ long }) => long<Access[]>`
      select kind, name, sum(count)::int as count from access_log where user_agent = ${userAgent}
      group by kind, name order by kind, name`,
  )

it('records who took bytes and who changed files, but not looks, refusals and what the client had', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'waybill-access-'))
  const waybill = await startWaybill({ dataFolder })
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const authorization = `Basic ${btoa(`admin:${waybill.adminPassword}`)}`
    const answer = await fetch(`${waybill.url}/generic/main/generic/${path}`, {
      method,
      headers: { authorization, 'user-agent': 'counted/1', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    await answer.arrayBuffer()
    return answer.status
  }
  const statuses = [
    await send('PUT', 'a/b', {}, 'hello'),
    await send('PUT', 'a/b', {}, 'again'),
    await send('GET', 'a/b'),
    await send('GET', 'a/b', { range: 'bytes=1-2' }),
    await send('HEAD', 'a/b'),
    await send('GET', 'a/b', { 'if-none-match': '*' }),
    await send('GET', 'a/b', { range: 'bytes=9-' }),
    await send('GET', 'nothing'),
    await send('GET', 'a/'),
    await send('PUT', 'a/b?properties', {}, '{"k":"v"}'),
    await send('DELETE', 'a/b'),
  ]
  expect(statuses).toEqual([201, 409, 200, 206, 200, 304, 416, 404, 200, 204, 204])
  await waybill.stop()
  expect(await accessesOf(dataFolder, 'counted/1')).toEqual([
    { kind: 'command:DeleteFile', name: null, count: 1 },
    { kind: 'command:SetFileProperties', name: null, count: 1 },
    { kind: 'command:StoreFile', name: null, count: 1 },
    { kind: 'download', name: 'a/b', count: 2 },
  ])
  await rm(dataFolder, { recursive: true, force: true })
})
