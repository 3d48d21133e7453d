import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../platform/database/database.ts'
import { startEmbeddedPostgres } from '../platform/database/embedded-postgres.ts'
import { migrate } from '../platform/database/migrations.ts'
import { eventStoreMigrations } from '../platform/event-store/postgres/migrations.ts'
import { openPostgresEventStore } from '../platform/event-store/postgres/postgres-event-store.ts'
import { compareAppends, type AppendFigures } from './append/compare-appends.ts'
import { compareReads, type ReadFigures } from './append/compare-reads.ts'
import { SAMPLE_BYTES } from './append/sample-events.ts'
import { type Benchmark, countOption, type Table } from './benchmark.ts'
import { figure } from './format-table.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export const appendBenchmark: Benchmark = {
  summary:
    "event store in Postgres: durable appends and log reads, against the bare SQL function and the driver's rows",
  options: { rounds: '15', appends: '2000', flight: '1,16,64,256', events: '200000', reads: '5' },
  async run(options, progress) {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-append-'))
    const server = await startEmbeddedPostgres({ dataFolder: join(folder, 'postgres'), log: quiet })
    try {
      const database = await openDatabase(server.connection, { log: quiet })
      await migrate(database.long, eventStoreMigrations)
      const { appends, interactive, long } = database
      const store = openPostgresEventStore({ appends, reads: interactive, long, log: quiet })
      const rounds = countOption(options, 'rounds')
      const appending: AppendFigures[] = []
      for (const inFlight of (options['flight'] ?? '').split(',').map(Number)) {
        progress(`Appending, ${inFlight} in flight ...`)
        const count = Math.max(inFlight, Math.round(countOption(options, 'appends') * Math.min(1, inFlight / 16)))
        appending.push(await compareAppends(store, appends, { inFlight, count, rounds }))
      }
      progress('Reading the log ...')
      const reads = countOption(options, 'reads')
      const reading = await compareReads(store, long, countOption(options, 'events'), reads)
      await store.close()
      await database.close()
      return {
        tables: [appendTable(appending, rounds), readTable(reading, reads)],
        notes: ['Every append is durable before it is acknowledged (fsync and synchronous_commit on).'],
        figures: { eventBytes: SAMPLE_BYTES, appending, reading },
      }
    } finally {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

const appendTable = (rows: readonly AppendFigures[], rounds: number): Table => ({
  title: `Appends of one event of ${SAMPLE_BYTES} bytes to streams of their own, ${rounds} rounds in turn, medians`,
  columns: ['in flight', 'event store /s', 'bare function /s', 'ratio', 'p50 ms', 'p99 ms'],
  rows: rows.map(({ inFlight, storePerSecond, barePerSecond, ratio, p50Ms, p99Ms }) => [
    String(inFlight),
    ...[storePerSecond, barePerSecond, ratio, p50Ms, p99Ms].map(figure),
  ]),
})

const readTable = (rows: readonly ReadFigures[], rounds: number): Table => ({
  title: `Reading the log, events parsed, ${rounds} rounds in turn, medians`,
  columns: ['how', 'event store events/s', "driver's rows/s", 'ratio'],
  rows: rows.map(({ how, storePerSecond, rowsPerSecond, ratio }) => [
    how,
    ...[storePerSecond, rowsPerSecond, ratio].map(figure),
  ]),
})
