import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { FileSide } from '../peers/nginx.ts'

const run = promisify(execFile)

export interface Download {
  readonly bytesPerSecond: number
  /** Processor time of the server. */
  readonly cpuSecondsPerGb: number
}

/** One download by curl that keeps nothing. Throws when it is not the whole file. */
export async function download(side: FileSide, file: string, size: number): Promise<Download> {
  const before = await side.usage()
  const { stdout } = await run('curl', [
    '-sS',
    '--fail',
    '-o',
    '/dev/null',
    '-w',
    '%{size_download} %{time_total}',
    side.urlOf(file),
  ])
  const after = await side.usage()
  const [bytes = 0, seconds = 0] = stdout.split(' ').map(Number)
  if (bytes !== size) throw new Error(`${side.name} gave ${bytes} bytes of ${file} instead of ${size}.`)
  return { bytesPerSecond: bytes / seconds, cpuSecondsPerGb: (after.cpuSeconds - before.cpuSeconds) / (bytes / 1e9) }
}
