import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../platform/config/config.ts'
import { settingNames } from '../platform/config/config-schema.ts'

const root = join(import.meta.dirname, '..')
const text = (name: string): string => readFileSync(join(root, name), 'utf8')

interface Container {
  readonly image: string
  readonly build?: string
  readonly restart?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
}

const compose = parse(text('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Container>>
  readonly volumes: Readonly<Record<string, null>>
}
const services = Object.entries(compose.services)
const ours = services.filter(([, { build }]) => build !== undefined)
const example = new Map(
  text('.env.example')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => line.split('=', 2) as [string, string]),
)

/** `${NAME:?why}` and `${NAME:-default}`, as compose reads them. */
const REFERENCE = /\$\{(\w+):([?-])([^}]*)\}/g
const references = [...text('docker-compose.yml').matchAll(REFERENCE)]

/** What compose makes of a value when `.env` is filled in. */
const filledIn = (value: string, given: Readonly<Record<string, string>>): string =>
  value.replaceAll(REFERENCE, (_, name: string, kind: string, otherwise: string) => {
    const found = given[name]
    if (found === undefined && kind === '?') throw new Error(`${name} is not given`)
    return found ?? otherwise
  })

const given = {
  WAYBILL_ADMIN_PASSWORD: 'a password',
  WAYBILL_SECRET_KEY: 'ab'.repeat(32),
  POSTGRES_PASSWORD: 'secret',
  S3_ACCESS_KEY: 'access',
  S3_SECRET_KEY: 'secret',
}

describe('docker-compose.yml', () => {
  it('runs every role, each in a process of its own', () => {
    expect(ours.map(([, { environment }]) => environment?.WAYBILL_ROLES).toSorted()).toEqual([
      'gateway',
      'projector',
      'worker',
    ])
  })

  it.each(ours)('gives %s settings that Waybill takes', (_, { environment = {} }) => {
    const values = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filledIn(value, given)]))
    const config = readConfig(values)
    expect(config.database).toBe('postgres://waybill:secret@postgres:5432/waybill')
    expect(config.eventStore?.connectionString).toMatch(/^esdb:/)
    expect(config.blobs.kind).toBe('s3')
    expect(config.secretKey).toHaveLength(32)
    expect(config.host).toBe('0.0.0.0')
  })

  it('has no default for a secret, and an example line for every value that is asked for', () => {
    const secrets = references.filter(([, name = '']) => /PASSWORD|SECRET|KEY/.test(name))
    expect(secrets.length).toBeGreaterThan(5)
    for (const [, name = '', kind] of secrets) {
      expect([name, kind]).toEqual([name, '?'])
      expect([name, example.get(name)]).toEqual([name, ''])
    }
    expect(new Set(references.map(([, name]) => name))).toEqual(new Set(example.keys()))
  })

  it('writes no secret itself', () => {
    for (const [, { environment = {} }] of services)
      for (const [key, value] of Object.entries(environment))
        if (/PASSWORD|SECRET|ACCESS_KEY/.test(key)) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/)
  })

  it('tells when each service is healthy, and starts none before what it needs is', () => {
    for (const [name, { build, healthcheck, restart }] of services) {
      const ends = restart === 'on-failure'
      if (build === undefined && !ends) expect([name, healthcheck?.test[0]]).toEqual([name, 'CMD'])
    }
    for (const [, { depends_on: needed = {} }] of services)
      for (const [name, { condition }] of Object.entries(needed)) {
        expect(Object.keys(compose.services)).toContain(name)
        const ends = compose.services[name]?.restart === 'on-failure'
        expect([name, condition]).toEqual([name, ends ? 'service_completed_successfully' : 'service_healthy'])
      }
    for (const [, { depends_on: needed = {} }] of ours)
      expect(Object.keys(needed)).toEqual(expect.arrayContaining(['postgres', 'eventstore', 'nats', 'bucket']))
  })

  it('keeps data in volumes that it declares, and shows only the gateway to the machine', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]))
    expect(mounted.toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['gateway'])
  })

  it('names the version of every image that it does not build', () => {
    for (const [, { build, image }] of services)
      if (build === undefined) expect(image).toMatch(/^[\w./-]+:(?!latest$)v?\d[\w.-]*$/)
  })
})

describe('Dockerfile', () => {
  const lines = text('Dockerfile').replaceAll('\\\n', ' ').split('\n')
  const instructions = lines.filter((line) => /^[A-Z]+ /.test(line)).map((line) => line.split(/\s+/))
  const of = (name: string): string[][] => instructions.filter(([word]) => word === name).map(([, ...rest]) => rest)

  it('builds in stages, from one image, and ends as an ordinary user', () => {
    expect(of('FROM').length).toBeGreaterThan(1)
    expect(new Set(of('FROM').map(([image]) => image)).size).toBe(1)
    expect(of('USER')).toEqual([['10001:10001']])
    expect(instructions.findLastIndex(([word]) => word === 'FROM')).toBeLessThan(
      instructions.findIndex(([word]) => word === 'USER'),
    )
  })

  it('copies what is there, from stages that are there', () => {
    const stages = of('FROM').flatMap(([, as, stage]) => (as === 'AS' ? [stage] : []))
    for (const words of of('COPY')) {
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
      if (from !== undefined) expect(stages).toContain(from)
      else
        for (const source of words.slice(0, -1))
          expect([source, existsSync(join(root, source))]).toEqual([source, true])
    }
  })

  it('sets only what Waybill knows, and runs on the Node that Waybill needs', () => {
    const names = of('ENV').flatMap((words) => words.map((word) => word.split('=')[0] ?? ''))
    for (const name of names.filter((one) => one.startsWith('WAYBILL_'))) expect(settingNames).toContain(name)
    expect(of('FROM')[0]?.[0]).toMatch(/^node:24-/)
  })

  it('is sent every file that it copies or builds from', () => {
    const sent = text('.dockerignore').split('\n')
    const built = (JSON.parse(text('tsconfig.pack.json')) as { include: string[] }).include
    const folders = built.map((pattern) => pattern.split('/')[0] ?? '').filter((folder) => folder !== '*.ts')
    for (const folder of folders) expect(sent).toContain(`!${folder}`)
    for (const name of [
      'package.json',
      'package-lock.json',
      '.npmrc',
      'LICENSE',
      'bin',
      'tsconfig.pack.json',
      'tsconfig.json',
    ])
      expect(sent).toContain(`!${name}`)
  })
})
