import type { RegistrySide } from '../peers/registry-side.ts'
import { publishRequest, type SamplePackage } from '../samples/sample-package.ts'

/** What it took to publish all versions of a sample, one after the other: whether the N-th costs more than the first. */
export interface Seeding {
  readonly sample: string
  readonly versions: number
  /** In the order of the sides. */
  readonly seconds: readonly number[]
}

/** Publishes every version of every sample to every side. Throws on the first refusal. */
export async function seedSamples(
  sides: readonly RegistrySide[],
  samples: readonly SamplePackage[],
  progress: (line: string) => void,
): Promise<Seeding[]> {
  const seeding: Seeding[] = []
  for (const sample of samples) {
    const seconds: number[] = []
    for (const side of sides) {
      progress(`Publishing ${sample.versions} versions of ${sample.name} to ${side.name} ...`)
      seconds.push(await publishAllVersions(side, sample))
    }
    seeding.push({ sample: sample.name, versions: sample.versions, seconds })
  }
  return seeding
}

async function publishAllVersions(side: RegistrySide, sample: SamplePackage): Promise<number> {
  const start = performance.now()
  for (let index = 0; index < sample.versions; index++) {
    const { name, body } = publishRequest(sample, index, side.url)
    const response = await fetch(`${side.url}/${name}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${side.token}`, 'content-type': 'application/json' },
      body,
    })
    const text = await response.text()
    if (!response.ok) {
      throw new Error(`${side.name} answered ${response.status} to a publish of ${name}: ${text.slice(0, 300)}`)
    }
  }
  return (performance.now() - start) / 1000
}
