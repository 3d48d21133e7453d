import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudEvent } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { cloudEventOf } from './cloud-event.ts'
import { liveEventOf, type LiveEvent } from './live-event.ts'

const GOLDEN = join(import.meta.dirname, '..', '..', 'test', 'golden-events')

interface Golden {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly metadata: object
}

const golden = (file: string): Golden => JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as Golden

const liveEvent = (file: string): LiveEvent =>
  liveEventOf({
    ...golden(file),
    id: '0b6c1e0e-8f3c-5c55-9f0e-5b6f1f1c2d3e',
    stream: 'file-1',
    revision: 0,
    position: '00000000000000000042',
  })

const files = readdirSync(GOLDEN).filter((file) => file.endsWith('.json'))

describe('an event as a CloudEvent', () => {
  it.each(files)('is valid, and holds its data as it is: %s', (file) => {
    const event = liveEvent(file)
    for (const audited of [true, false]) {
      const made = JSON.parse(JSON.stringify(cloudEventOf({ event, audited }))) as Record<string, unknown>
      expect(new CloudEvent(made, true).validate()).toBe(true)
      expect(made.data).toEqual(event.data)
      expect(made.type).toBe(`waybill.${event.type}`)
    }
  })

  it('names where it happened, the thing, its place in the log, and who acted', () => {
    expect(cloudEventOf({ event: liveEvent('FileStored.v1.json'), audited: false })).toEqual({
      specversion: '1.0',
      id: '0b6c1e0e-8f3c-5c55-9f0e-5b6f1f1c2d3e',
      type: 'waybill.FileStored',
      source: '/projects/main/repositories/generic',
      subject: 'releases/2026/tool-linux-x64.tar.gz',
      time: '2026-11-24T09:41:27.318Z',
      datacontenttype: 'application/json',
      sequence: '00000000000000000042',
      correlationid: '4be2d2de-0f4e-4b1b-9c0a-1f3d7b5f6d21',
      authtype: 'user',
      authid: '6f1c2c0e-3a52-4b1c-9a1e-1c1a0a4f2b11',
      data: golden('FileStored.v1.json').data,
    })
  })

  it('tells by what means they signed in to those alone who may read the audit trail', () => {
    const event = liveEvent('FileStored.v1.json')
    const claims = cloudEventOf({ event, audited: true }).authclaims
    expect(JSON.parse(claims ?? '')).toEqual({ via: 'token:d3a4f2c7-55e1-5c7b-8b3a-90f6a2c81e47' })
    expect(cloudEventOf({ event, audited: false })).not.toHaveProperty('authclaims')
  })

  it('of the system has the root as source', () => {
    expect(cloudEventOf({ event: liveEvent('AccountCreated.v1.json'), audited: false }).source).toBe('/')
    expect(cloudEventOf({ event: liveEvent('ProjectCreated.v1.json'), audited: false }).source).toMatch(
      /^\/projects\/[a-z]+$/,
    )
  })
})
