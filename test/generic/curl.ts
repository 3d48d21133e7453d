import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ownEnvironment } from '../own-environment.ts'

export interface CurlAnswer {
  /** Exit code of curl; 0 also for refusals. */
  readonly code: number | null
  /** Of the final response; 0 when there was none. */
  readonly status: number
  /** Names in lower case; of the final response. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What `--verbose` tells, and errors. */
  readonly stderr: string
  /** Bytes of the body that were sent. */
  readonly uploaded: number
}

const MARK = '\n--curl-wrote--'

const headersOf = (block: string): Record<string, string> =>
  Object.fromEntries(
    block
      .split('\r\n')
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Without an input there is no pipe either: curl may end before anybody could have written to it. */
const spawnCurl = async (args: readonly string[], input: string | undefined): Promise<Ended> => {
  const child = spawn('curl', args, {
    cwd: tmpdir(),
    env: ownEnvironment({}),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  child.stdin?.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

/** The real curl, without the person's settings and proxies; paths are sent as they are. `input` is what `-T -` reads. */
export const curl = async (args: readonly string[], input?: string): Promise<CurlAnswer> => {
  const own = ['-q', '--silent', '--show-error', '--include', '--path-as-is', '--noproxy', '*']
  const { code, stdout, stderr } = await spawnCurl(
    [...own, '--write-out', `${MARK}%{http_code} %{size_upload}`, ...args],
    input,
  )
  const mark = stdout.lastIndexOf(MARK)
  const [status = 0, uploaded = 0] = stdout
    .slice(mark + MARK.length)
    .split(' ')
    .map(Number)
  // interim responses (100 Continue) come first
  let rest = stdout.slice(0, mark)
  let block = ''
  while (/^HTTP\/1\.[01] /.test(rest) && !/^HTTP\/1\.[01] [2-5]/.test(block)) {
    const end = rest.indexOf('\r\n\r\n')
    block = rest.slice(0, end)
    rest = rest.slice(end + 4)
  }
  return { code, status, headers: headersOf(block), body: rest, stderr, uploaded }
}
