import { it } from 'vitest'
import { openCore } from '../test/core.ts'
import { createProject } from '../commands/registry/create-project.ts'
import { createRepository } from '../commands/registry/create-repository.ts'
import { publishPackageVersion } from '../commands/registry/publish-package-version.ts'
import { setTag } from '../commands/registry/set-tag.ts'
import { packageVersions } from './package-versions/projection.ts'
import { tags } from './tags/projection.ts'
import { audit } from './audit/projection.ts'
import { packages } from './packages/projection.ts'
import { rebuild } from './rebuild.ts'
import { rawVersion, appendAlone } from '../test/registry/raw-events.ts'
import { START } from '../platform/event-store/event-store.ts'

import { readFileSync, readdirSync } from 'node:fs'
const pgCpu = (pids: number[]) =>
  pids.reduce((sum, pid) => {
    try {
      const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return sum + (Number(f[11]) + Number(f[12])) / 100
    } catch {
      return sum
    }
  }, 0)
it('measures', async () => {
  const core = await openCore([])
  const place = { project: 'main', repository: 'npm' }
  await core.run(createProject, { project: 'main' }, core.system)
  await core.run(createRepository, { ...place, format: 'npm', kind: 'hosted' }, core.system)
  await core.run(
    publishPackageVersion,
    { ...place, package: 'x', version: '1.0.0', files: [], manifest: 'a'.repeat(64), tags: [] },
    core.system,
  )
  for (const n of [25, 60]) {
    const r = await Promise.allSettled(
      Array.from({ length: n }, () =>
        core.run(setTag, { ...place, package: 'x', version: '1.0.0', tag: `t${n}` }, core.system),
      ),
    )
    console.log('contention', n, r.filter((x) => x.status === 'fulfilled').length)
  }
  const d = { md5: '0'.repeat(32), sha1: '0'.repeat(40), sha256: 'a'.repeat(64), sha512: '0'.repeat(128) }
  const t = performance.now()
  for (let i = 0; i < 200; i++) {
    const name = (k: number) => `package-${(i * 500 + k) % 20000}`
    await Promise.all(
      [0, 1].map((h) =>
        appendAlone(
          core.store,
          ...Array.from({ length: 500 }, (_, k) =>
            rawVersion(name(k), `${i}.${h}.${k}`, { files: [{ name: `p-${k}.tgz`, size: 1000, ...d }] }),
          ),
        ),
      ),
    )
  }
  console.log('appended 200k in', Math.round(performance.now() - t))
  const t2 = performance.now()
  let pos = START,
    n = 0
  for (;;) {
    const page = await core.store.readAll(pos, 5000)
    if (page.length === 0) break
    n += page.length
    pos = page.at(-1)!.position
  }
  console.log('readAll only', n, Math.round((n / (performance.now() - t2)) * 1000), '/s')
  for (const model of [packageVersions, packages, tags, audit]) {
    const began = performance.now()
    let copied = 0
    let at = 0
    const cpu = process.cpuUsage()
    const all = readdirSync('/proc')
      .filter((x) => /^\d+$/.test(x))
      .map(Number)
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(core.database.connection.database)
        } catch {
          return false
        }
      })
    const pg0 = pgCpu(all)
    await rebuild(core.database.database.long, core.store, model, (c) => {
      copied = c
      at = performance.now()
    })
    const used = process.cpuUsage(cpu)
    console.log(
      model.name,
      'postgres cpu',
      pgCpu(all) - pg0,
      all.length,
      copied,
      'replay',
      Math.round((copied / (at - began)) * 1000),
      '/s; with indexes',
      Math.round((copied / (performance.now() - began)) * 1000),
      '/s; cpu s',
      (used.user + used.system) / 1e6,
      'of',
      (performance.now() - began) / 1000,
    )
  }
  await core.close()
}, 400_000)
