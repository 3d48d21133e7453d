import { createHash, randomBytes } from 'node:crypto'
import { startEventStoreDb } from '../eventstoredb/server.ts'
import { startVersity } from '../s3/versity.ts'
import { need, testedWith } from '../servers.ts'
import { startDebianPostgres } from './debian-postgres.ts'
import { undescribedOnServer } from './observed-log.ts'

/** Where the engines of a run listen: plain data, because it is handed to the processes of the tests. */
export interface DistributedEngines {
  /** Of the Postgres server; each Waybill has a database of its own. */
  readonly postgres: { readonly host: string; readonly port: number }
  readonly eventStore: string
  readonly s3: {
    readonly endpoint: string
    readonly region: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
  /** Tells this run's streams from those of earlier ones on the same server. */
  readonly run: string
}

const BUCKET = 'waybill'

/**
 * Starts what a company would run: EventStoreDB (its double, or the server that WAYBILL_TEST_EVENTSTORE names), Debian's Postgres
 * and an S3 server. Every Waybill of the tests is then started on them, see `engineSettings`. `close` throws when the log of one
 * of them holds what no document describes.
 */
export const startDistributedEngines = async (): Promise<{
  engines: DistributedEngines
  close: () => Promise<void>
}> => {
  const versity = await need('versitygw')
  const debian = await need('postgres 15')
  const nats = await need('nats-server')
  if (versity.missing || debian.missing || nats.missing)
    throw new Error('the distributed engines need versitygw, the Postgres of Debian and nats-server')
  const [postgres, eventStore, s3] = await Promise.all([startDebianPostgres(), startEventStoreDb(), startVersity()])
  testedWith('the distributed engines', `Postgres ${debian.version}, NATS ${nats.version}`)
  await s3.makeBucket(BUCKET)
  const run = randomBytes(3).toString('hex')
  return {
    engines: {
      postgres: { host: postgres.connection.host, port: postgres.connection.port },
      eventStore: eventStore.connectionString,
      s3: { endpoint: s3.endpoint, region: s3.region, ...s3.credentials },
      run,
    },
    close: async () => {
      try {
        const undescribed = await undescribedOnServer(eventStore.connectionString, prefixOf(run))
        if (undescribed.length > 0) throw new Error(`events that no document describes: ${undescribed.join('; ')}`)
      } finally {
        await Promise.all([postgres.close(), eventStore.close(), s3.close()])
      }
    },
  }
}

const prefixOf = (run: string): string => `t${run}_`

/** A name for the engines' parts that belong to one Waybill: the same each time that it starts on its data folder. */
export const nameOf = ({ run }: DistributedEngines, dataFolder: string): string =>
  `${prefixOf(run)}${createHash('sha256').update(dataFolder).digest('hex').slice(0, 10)}`

/** The settings of a Waybill on the engines; its database must have been made. */
export const engineSettings = (engines: DistributedEngines, dataFolder: string): Record<string, string> => {
  const { postgres, eventStore, s3 } = engines
  const name = nameOf(engines, dataFolder)
  const query = new URLSearchParams({ endpoint: s3.endpoint, region: s3.region })
  return {
    WAYBILL_DATABASE: `postgres://waybill@127.0.0.1:${postgres.port}/${name}`,
    WAYBILL_EVENT_STORE: `${eventStore}${eventStore.includes('?') ? '&' : '?'}streamPrefix=${name}.`,
    WAYBILL_BLOBS: `s3://${BUCKET}/${name}?${query.toString()}`,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  }
}
