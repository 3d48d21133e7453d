import { createHash } from 'node:crypto'
import type { GetTarget } from '../load/load-figures.ts'
import { rawGet, type RawAnswer } from '../load/raw-get.ts'
import type { RegistrySide } from '../peers/registry-side.ts'
import type { GetMeasure } from './get-measures.ts'

/** `abbreviated` is what npm sends when it installs; `full` what `npm view` and the tools around it ask for. */
const ACCEPT = {
  full: 'application/json',
  abbreviated: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*',
  tarball: '*/*',
}

interface Packument {
  readonly versions: Readonly<
    Record<string, { readonly dist: { readonly tarball: string; readonly integrity: string } }>
  >
}

export interface CheckedTarget extends GetTarget {
  /** Length of the body as it goes over the wire, bytes. */
  readonly wireBytes: number
  /** What the registry took for it while nothing else was asked, seconds. */
  readonly answerSeconds: number
}

/**
 * The request of a measure at a side, asked once and looked at: a registry that answers with less, or with an error,
 * would win every comparison. Throws a sentence when the answer is not what the measure means.
 */
export async function checkedTarget(
  side: RegistrySide,
  measure: GetMeasure,
  token: string | undefined,
): Promise<CheckedTarget> {
  const credentials: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { sample } = measure
  const packumentUrl = `${side.url}/${sample.name}`
  const packument = await answered(packumentUrl, { ...credentials, accept: ACCEPT.full }, 200)
  const versions = Object.values((JSON.parse(packument.body.toString()) as Packument).versions)
  const [first] = versions
  if (first === undefined || versions.length !== sample.versions) {
    throw new Error(`${side.name} lists ${versions.length} versions of ${sample.name}, not ${sample.versions}.`)
  }
  const url = measure.of === 'tarball' ? first.dist.tarball : packumentUrl
  const headers = { ...credentials, accept: ACCEPT[measure.of], 'accept-encoding': measure.encoding }
  const answer = await timedAnswer(url, headers, 200)
  if (measure.of === 'tarball') checkIntegrity(side, answer.body, first.dist.integrity)
  if (measure.encoding === 'gzip' && answer.headers['content-encoding'] !== 'gzip') {
    throw new Error(`${side.name} did not compress ${url}.`)
  }
  if (measure.revalidate !== true) {
    return { url, headers, wireBytes: answer.body.length, answerSeconds: answer.seconds }
  }
  const conditional = { ...headers, 'if-none-match': answer.headers.etag ?? '' }
  const unchanged = await timedAnswer(url, conditional, 304)
  return { url, headers: conditional, wireBytes: unchanged.body.length, answerSeconds: unchanged.seconds }
}

async function timedAnswer(
  url: string,
  headers: Readonly<Record<string, string>>,
  status: number,
): Promise<RawAnswer & { seconds: number }> {
  const start = performance.now()
  const answer = await answered(url, headers, status)
  return { ...answer, seconds: (performance.now() - start) / 1000 }
}

async function answered(url: string, headers: Readonly<Record<string, string>>, status: number): Promise<RawAnswer> {
  const answer = await rawGet(url, headers)
  if (answer.status === status) return answer
  throw new Error(`${url} answered ${answer.status}, not ${status}: ${answer.body.toString('utf8', 0, 300)}`)
}

function checkIntegrity(side: RegistrySide, body: Buffer, integrity: string): void {
  const digest = `sha512-${createHash('sha512').update(body).digest('base64')}`
  if (digest !== integrity)
    throw new Error(`${side.name} served a tarball of ${body.length} bytes that is not the one published.`)
}
