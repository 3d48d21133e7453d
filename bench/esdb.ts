import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { openEventStoreDb } from '../platform/event-store/eventstoredb/eventstoredb-event-store.ts'
import { startEventStoreDb } from '../test/eventstoredb/server.ts'
import { SAMPLE_BYTES } from './append/sample-events.ts'
import { type Benchmark, countOption, type Table } from './benchmark.ts'
import { compareAppends, type EsdbAppendFigures } from './esdb/compare-appends.ts'
import { compareReads, type EsdbReadFigures } from './esdb/compare-reads.ts'
import { figure } from './format-table.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The client may never be done with itself. */
const DISPOSE_MS = 1000

export const esdbBenchmark: Benchmark = {
  summary:
    'event store on EventStoreDB (the double, or WAYBILL_TEST_EVENTSTORE): appends and reads, against the bare client',
  options: { rounds: '5', appends: '4000', flight: '1,16,64', events: '40000' },
  async run(options, progress) {
    const server = await startEventStoreDb()
    const prefix = `bench${randomBytes(6).toString('hex')}.`
    const { connectionString } = server
    const store = openEventStoreDb({ connectionString, streamPrefix: prefix, log: quiet })
    const client = EventStoreDBClient.connectionString(connectionString)
    try {
      const rounds = countOption(options, 'rounds')
      const appending: EsdbAppendFigures[] = []
      for (const inFlight of (options['flight'] ?? '').split(',').map(Number)) {
        progress(`Appending, ${inFlight} in flight ...`)
        const count = Math.max(inFlight, Math.round(countOption(options, 'appends') * Math.min(1, inFlight / 16)))
        appending.push(await compareAppends(store, client, { inFlight, count, rounds, prefix }))
      }
      progress('Reading the log ...')
      const reading = await compareReads(store, client, countOption(options, 'events'), rounds)
      return {
        tables: [appendTable(appending, rounds), readTable(reading, rounds)],
        notes: [
          server.isDouble
            ? 'The server is the double of the tests, which makes nothing durable: ratios tell something, rates do not.'
            : 'The server is the one that WAYBILL_TEST_EVENTSTORE names.',
        ],
        figures: { server: server.isDouble ? 'double' : 'real', eventBytes: SAMPLE_BYTES, appending, reading },
      }
    } finally {
      await store.close()
      await Promise.race([client.dispose(), delay(DISPOSE_MS, undefined, { ref: false })])
      await server.close()
    }
  },
}

const appendTable = (rows: readonly EsdbAppendFigures[], rounds: number): Table => ({
  title: `Appends of one event of ${SAMPLE_BYTES} bytes to streams of their own, ${rounds} rounds in turn, medians`,
  columns: ['in flight', 'event store /s', 'bare client /s', 'ratio', 'p50 ms', 'p99 ms', 'bare p50 ms', 'bare p99 ms'],
  rows: rows.map(({ inFlight, storePerSecond, barePerSecond, ratio, storeP50Ms, storeP99Ms, bareP50Ms, bareP99Ms }) => [
    String(inFlight),
    ...[storePerSecond, barePerSecond, ratio, storeP50Ms, storeP99Ms, bareP50Ms, bareP99Ms].map(figure),
  ]),
})

const readTable = (rows: readonly EsdbReadFigures[], rounds: number): Table => ({
  title: `Reading the log, events of ${SAMPLE_BYTES} bytes parsed, ${rounds} rounds in turn, medians`,
  columns: ['how', 'event store events/s', 'bare client events/s', 'ratio'],
  rows: rows.map(({ how, storePerSecond, barePerSecond, ratio }) => [
    how,
    ...[storePerSecond, barePerSecond, ratio].map(figure),
  ]),
})
