import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startFaultyProxy, type Fault } from '../s3/faulty-proxy.ts'
import { startVersity } from '../s3/versity.ts'
import { need } from '../servers.ts'
import { startWaybill } from '../waybill-process.ts'
import { checkOutcomes } from './checked-outcomes.ts'
import { publisher } from './steady-publishes.ts'

const versitygw = await need('versitygw')
/** The server here keeps some 170 small objects a second, and a publish is two. */
const RATE = 25
const MILLISECONDS = 12_000
const BUCKET = 'faults'

const SLOW_DOWN: Fault = { kind: 'answer', status: 503, code: 'SlowDown' }

/** Every third request goes through; the others are cut in their body, or done without their answer getting back. */
const cutting = (): (() => Fault | undefined) => {
  const faults = [undefined, { kind: 'cut-upload', after: 100 }, { kind: 'lose-answer' }] as const
  let requests = 0
  return () => faults[requests++ % faults.length]
}

const cases: readonly { readonly what: string; readonly decide: () => () => Fault | undefined }[] = [
  { what: 'answers 503 for 4 s', decide: () => () => SLOW_DOWN },
  { what: 'cuts connections for 4 s', decide: cutting },
]

it.skipIf(versitygw.missing).each(cases)('publishes outlive an S3 server that $what', async ({ what, decide }) => {
  const server = await startVersity()
  const proxy = await startFaultyProxy(server.port)
  try {
    await server.makeBucket(BUCKET)
    await using waybill = await startWaybill({
      env: {
        WAYBILL_BLOBS: `s3://${BUCKET}/blobs?endpoint=${proxy.endpoint}&region=${server.region}`,
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
        WAYBILL_LOG: 'error',
      },
    })
    const by = await publisher(waybill, 's3')
    const disturb = async (): Promise<void> => {
      await pause(2000)
      proxy.fault(decide())
      await pause(4000)
      proxy.fault(() => undefined)
    }
    const [outcomes] = await Promise.all([by.steadily(RATE, MILLISECONDS), disturb()])
    const tally = await checkOutcomes(waybill, by, outcomes)
    process.stdout.write(`S3 ${what}: ${JSON.stringify(tally)}\n`)
    expect(tally.acknowledged).toBeGreaterThan(RATE * 2)
    by.close()
  } finally {
    await proxy.close()
    await server.close()
  }
})
