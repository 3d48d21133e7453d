import { readdirSync, readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'
import { Compile } from 'typebox/compile'
import type { TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { EVENT_TYPES, upcast } from '../../domain/event-catalogue.ts'
import { cloudEventOf } from '../../domain/live/cloud-event.ts'
import { isPublished, liveEventOf } from '../../domain/live/live-event.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { asyncApiDocument } from '../../protocol-adapters/rest/asyncapi.ts'

interface Document {
  readonly channels: Readonly<Record<string, { readonly messages: Readonly<Record<string, unknown>> }>>
  readonly components: { readonly schemas: Readonly<Record<string, TSchema>> }
}
const text = JSON.stringify(asyncApiDocument('1.2.3'))
const document = JSON.parse(text) as Document

const folder = new URL('../golden-events/', import.meta.url)
const golden = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const event = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
      type: string
      data: unknown
      metadata: EventMetadata
    }
    return { name, event }
  })

describe('the AsyncAPI document', () => {
  it('has no error for the parser of AsyncAPI', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(text)
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([])
    expect(parsed?.version()).toBe('3.0.0')
    expect(parsed?.allMessages().length).toBeGreaterThan(20)
  }, 60_000)

  it('has every type of events, and to webhooks and NATS those that go there', () => {
    const names = [...EVENT_TYPES.keys()].sort()
    const of = (channel: string) => Object.keys(document.channels[channel]?.messages ?? {}).sort()
    expect(of('events')).toEqual(names)
    expect(of('webhook')).toEqual(names.filter(isPublished))
    expect(of('subjects')).toEqual(of('webhook'))
  })

  it.each(golden)('describes $name as it goes out', ({ event }) => {
    const { schemas } = document.components
    const data = upcast(event).data
    const recorded = {
      ...event,
      data,
      id: '4f5b0f0e-8a53-4f3e-9a53-1b1c3d5e7f90',
      stream: 's-1',
      revision: 0,
      position: '0'.repeat(20),
      metadata: { ...event.metadata, schemaVersion: EVENT_TYPES.get(event.type)?.schemaVersion ?? 1 },
    }
    for (const audited of [true, false]) {
      const sent: unknown = JSON.parse(JSON.stringify(cloudEventOf({ event: liveEventOf(recorded), audited })))
      expect(Compile(schemas.CloudEvent ?? {}).Errors(sent)).toEqual([])
      expect(Compile(schemas[`${event.type}Data`] ?? {}).Errors((sent as { data: unknown }).data)).toEqual([])
    }
  })

  it('does not take what it does not describe', () => {
    const { schemas } = document.components
    expect(Compile(schemas.CloudEvent ?? {}).Check({ specversion: '1.0' })).toBe(false)
    expect(Compile(schemas.TagSetData ?? {}).Check({ tag: 1 })).toBe(false)
  })
})
