import type { MigrationSet } from '../database/migrations.ts'
import type { Sql } from 'postgres'
import type { Log } from '../log/log.ts'
import { DownloadWindow, type Download, type Downloader } from './download-window.ts'

/** One request worth keeping: a download, a change, a refusal. Erasable, unlike events; joined to them by correlationId. */
export interface Access {
  /** What was done: `download`, `command:{Name}`, `refused`. */
  readonly kind: string
  readonly accountId: string | undefined
  readonly address: string
  readonly userAgent: string
  readonly correlationId: string
  readonly project?: string
  readonly repository?: string
  readonly repositoryId?: string
  /** Package name or path. */
  readonly name?: string
  readonly version?: string
}

/** Collects accesses in memory and writes them in batches: telemetry that must never hold up a request. */
export interface AccessLog {
  record(access: Access): void
  /**
   * Counts one download. Callers that pass the same objects again (one for each connection, one for each address) spare
   * the comparison of their fields: it is the dearer part of a small answer from memory.
   */
  recordDownload(by: Downloader, what: Download): void
  flush(): Promise<void>
  stop(): Promise<void>
}

export const accessLogMigrations: MigrationSet = {
  name: 'access-log',
  files: [
    {
      id: '0001-access-log',
      sql: `
        create table access_log (
          at             timestamptz not null default now(),
          kind           text not null,
          count          integer not null,
          account_id     text,
          address        text not null,
          user_agent     text not null,
          correlation_id text collate "C" not null,
          project        text collate "C",
          repository     text collate "C",
          name           text collate "C",
          version        text collate "C"
        );
        create index access_log_at on access_log (at);
        create index access_log_thing on access_log (project, repository, name, version, at);
        create index access_log_correlation on access_log (correlation_id);
        create table download_counts (
          repository_id text collate "C" not null,
          name          text collate "C" not null,
          version       text collate "C" not null,
          day           date not null,
          count         bigint not null,
          primary key (repository_id, name, version, day)
        );`,
    },
  ],
}

const FLUSH_MILLISECONDS = 1000
/** Different accesses held between two flushes; beyond them the window is written early. */
const MAX_HELD = 5000

interface Held {
  readonly access: Access
  count: number
}

const clean = (text: string | undefined): string | null => text?.replaceAll('\0', '\ufffd').slice(0, 1024) ?? null

/** The same download by the same client within a second is one row with a count. */
const keyOf = (access: Access): string =>
  access.kind === 'download'
    ? `${access.accountId}\n${access.address}\n${access.userAgent}\n${access.repositoryId}\n${access.name}\n${access.version}`
    : `${access.correlationId}\n${access.kind}\n${access.name}`

export const openAccessLog = (sql: Sql, log: Log): AccessLog => {
  let held = new Map<string, Held>()
  const downloads = new DownloadWindow()
  let writing: Promise<void> = Promise.resolve()

  const write = async (rows: readonly Held[]): Promise<void> => {
    const column = (of: (access: Access) => string | undefined) => rows.map(({ access }) => clean(of(access)))
    await sql.unsafe(
      `insert into access_log (kind, count, account_id, address, user_agent, correlation_id, project, repository, name, version)
       select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])`,
      [
        column((access) => access.kind),
        rows.map(({ count }) => count),
        column((access) => access.accountId),
        column((access) => access.address),
        column((access) => access.userAgent),
        column((access) => access.correlationId),
        column((access) => access.project),
        column((access) => access.repository),
        column((access) => access.name),
        column((access) => access.version),
      ] as never[],
      { prepare: true },
    )
    const pulled = rows.filter(({ access }) => access.kind === 'download' && access.repositoryId !== undefined)
    if (pulled.length === 0) return
    await sql.unsafe(
      `insert into download_counts (repository_id, name, version, day, count)
       select r, n, v, current_date, sum(c) from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as d(r, n, v, c)
       group by r, n, v order by r, n, v
       on conflict (repository_id, name, version, day) do update set count = download_counts.count + excluded.count`,
      [
        pulled.map(({ access }) => clean(access.repositoryId)),
        pulled.map(({ access }) => clean(access.name) ?? ''),
        pulled.map(({ access }) => clean(access.version) ?? ''),
        pulled.map(({ count }) => count),
      ] as never[],
      { prepare: true },
    )
  }

  const hold = (access: Access, count: number): void => {
    const key = keyOf(access)
    const known = held.get(key)
    if (known === undefined) held.set(key, { access, count })
    else known.count += count
  }

  const flush = (): Promise<void> => {
    for (const { by, what, count } of downloads.take())
      hold({ kind: 'download', correlationId: '', ...by, ...what }, count)
    const rows = [...held.values()]
    held = new Map()
    if (rows.length === 0) return writing
    writing = writing
      .then(() => write(rows))
      .catch((error: unknown) => {
        // telemetry: what could not be written is lost and said, rather than held without bound
        log.warn({ err: error, lost: rows.length }, 'access log rows could not be written')
      })
    return writing
  }

  const timer = setInterval(() => void flush(), FLUSH_MILLISECONDS)
  timer.unref()

  return {
    record(access) {
      hold(access, 1)
      if (held.size >= MAX_HELD) void flush()
    },
    recordDownload(by, what) {
      downloads.count(by, what)
      if (downloads.size >= MAX_HELD) void flush()
    },
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
