import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MIGRATIONS } from '../engines.ts'
import { openDatabase, type Sql } from '../platform/database/database.ts'
import { startEmbeddedPostgres } from '../platform/database/embedded-postgres.ts'
import { migrate } from '../platform/database/migrations.ts'
import { openPostgresEventStore } from '../platform/event-store/postgres/postgres-event-store.ts'
import { READ_MODELS } from '../projections/models.ts'
import { packageVersions } from '../projections/package-versions/projection.ts'
import { rebuildTogether } from '../projections/rebuild.ts'
import { type Benchmark, type BenchmarkResult, countOption } from './benchmark.ts'
import { byteSize, figure } from './format-table.ts'
import { fillLog, type FilledLog } from './rebuild/fill-log.ts'
import { withPeakMemory } from './rebuild/peak-memory.ts'
import { rawInserts } from './rebuild/raw-inserts.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

interface Rebuilt {
  readonly what: string
  readonly seconds: number
  readonly eventsPerSecond: number
  readonly peakBytes: number
}

interface Table {
  readonly name: string
  readonly rows: number
  readonly tableBytes: number
  readonly indexBytes: number
}

export const rebuildBenchmark: Benchmark = {
  summary: 'read models built from the log, indexes included: package_versions alone and all, against raw inserts',
  options: { events: '1000000', rounds: '1' },
  async run(options, progress) {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-rebuild-'))
    const server = await startEmbeddedPostgres({ dataFolder: join(folder, 'postgres'), log: quiet })
    try {
      const database = await openDatabase(server.connection, { log: quiet })
      const { appends, interactive: reads, long } = database
      for (const set of MIGRATIONS) await migrate(long, set)
      const store = openPostgresEventStore({ appends, reads, long, log: quiet })
      const events = countOption(options, 'events')
      progress(`Filling the log with ${events} events ...`)
      const filled = await fillLog(appends, events)
      const rebuilt: Rebuilt[] = []
      const measure = async (what: string, models: Parameters<typeof rebuildTogether>[2]): Promise<void> => {
        progress(`Rebuilding ${what} ...`)
        const { seconds, peakBytes } = await withPeakMemory(() => rebuildTogether(long, store, models))
        rebuilt.push({ what, seconds, eventsPerSecond: events / seconds, peakBytes })
      }
      for (let round = countOption(options, 'rounds'); round > 0; round--) {
        await measure('package_versions', [packageVersions])
        await measure(`all ${READ_MODELS.length} models`, READ_MODELS)
      }
      const tables = await tableSizes(long)
      progress('Inserting the same rows ...')
      const rawSeconds = await rawInserts(long)
      await store.close()
      await database.close()
      return resultOf(filled, rebuilt, tables, rawSeconds)
    } finally {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function tableSizes(sql: Sql): Promise<readonly Table[]> {
  const rows = await sql<{ name: string; rows: number; tableBytes: string; indexBytes: string }[]>`
    select m.name, c.reltuples as rows, pg_table_size(c.oid) as "tableBytes", pg_indexes_size(c.oid) as "indexBytes"
    from read_models m join pg_class c on c.relname = m.name || '_v' || m.version || '_b' || m.build
    where m.live and c.reltuples > 0 order by pg_total_relation_size(c.oid) desc`
  return rows.map(({ name, rows: count, tableBytes, indexBytes }) => ({
    name,
    rows: count,
    tableBytes: Number(tableBytes),
    indexBytes: Number(indexBytes),
  }))
}

function resultOf(
  filled: FilledLog,
  rebuilt: readonly Rebuilt[],
  tables: readonly Table[],
  rawSeconds: number,
): BenchmarkResult {
  const rawRows = tables.find(({ name }) => name === packageVersions.name)?.rows ?? Number.NaN
  const types = Object.entries(filled.types).map(([type, count]) => `${type} ${figure(count)}`)
  return {
    tables: [
      {
        title: `${figure(filled.events)} events of ${filled.eventBytes} bytes (data and metadata, mean)`,
        columns: ['what', 'seconds', 'events/s', 'peak memory of Node'],
        rows: rebuilt.map(({ what, seconds, eventsPerSecond, peakBytes }) => [
          what,
          ...[seconds, eventsPerSecond].map(figure),
          byteSize(peakBytes),
        ]),
      },
      {
        title: 'What was built',
        columns: ['model', 'rows', 'table', 'indexes'],
        rows: tables.map(({ name, rows, tableBytes, indexBytes }) => [
          name,
          figure(rows),
          ...[tableBytes, indexBytes].map(byteSize),
        ]),
      },
    ],
    notes: [
      `Events: ${types.join(', ')}; written in ${figure(filled.seconds)} s.`,
      `The rows of package_versions by the driver's multi-row inserts, indexes last: ${figure(rawSeconds)} s, ${figure(rawRows / rawSeconds)} rows/s.`,
    ],
    figures: { filled, rebuilt, tables, raw: { rows: rawRows, seconds: rawSeconds } },
  }
}
