import { createHash } from 'node:crypto'
import Type from 'typebox'
import Value from 'typebox/value'
import { newId } from '../../ids.ts'
import type { NatsAccess } from './nats-connection.ts'
import type { Names } from './names.ts'

/** What a process says of itself on a kind. */
export interface Doing {
  readonly running: number
  readonly delayed: number
}

interface Heard extends Doing {
  readonly at: number
}

/** Who works on which kind: each process says so twice a second, and is forgotten when it has not been heard for a while. */
export interface Members {
  /** Who of those that work on the kind is to have the partition: the same for all who know the same members. */
  winner(kind: string, partition: number): string
  readonly own: string
  /** What all of them together do. */
  doing(kind: string): Doing
  /** Says from now on that this process works on the kind; `changed` is called when somebody came. */
  join(kind: string, doing: () => Doing, changed: () => void): { leave(): void }
  close(): void
}

const Beat = Type.Object({
  id: Type.String(),
  running: Type.Number(),
  delayed: Type.Number(),
  leaves: Type.Optional(Type.Boolean()),
})

const BEAT_MS = 500
const GONE_MS = 2500

export const openMembers = ({ connection, state }: NatsAccess, names: Names): Members => {
  const own = newId()
  /** By kind and id. */
  const heard = new Map<string, Map<string, Heard>>()
  const joined = new Map<string, { readonly doing: () => Doing; readonly changed: () => void }>()
  /** The winner is asked for in every round: scores are counted once. */
  const scores = new Map<string, number>()

  const say = (kind: string, beat: object): void => {
    if (!state.connected) return
    connection.publish(names.members(kind), JSON.stringify({ id: own, ...beat }))
  }
  const beatAll = (): void => {
    for (const [kind, { doing }] of joined) say(kind, doing())
  }

  const alive = (kind: string): Map<string, Heard> => {
    const members = heard.get(kind) ?? new Map<string, Heard>()
    const now = performance.now()
    for (const [id, { at }] of members) if (now - at > GONE_MS) members.delete(id)
    return members
  }

  const hear = (kind: string, message: unknown): void => {
    if (!Value.Check(Beat, message)) return
    const members = alive(kind)
    heard.set(kind, members)
    const { id, running, delayed, leaves } = message
    const isNew = !members.has(id)
    if (leaves === true) members.delete(id)
    else members.set(id, { running, delayed, at: performance.now() })
    const here = joined.get(kind)
    if (here === undefined || id === own || (!isNew && leaves !== true)) return
    if (leaves !== true) say(kind, here.doing())
    here.changed()
  }

  const subscription = connection.subscribe(names.members('*'), {
    callback: (error, message) => {
      if (error === null) hear(message.subject.split('.').at(-1) ?? '', jsonOf(message.data))
    },
  })
  const timer = setInterval(beatAll, BEAT_MS).unref()

  const scoreOf = (id: string, kind: string, partition: number): number => {
    const name = `${id}/${kind}/${partition}`
    const score = scores.get(name) ?? createHash('sha1').update(name).digest().readUInt32BE()
    scores.set(name, score)
    return score
  }

  return {
    own,
    winner(kind, partition) {
      let best = own
      for (const id of alive(kind).keys()) if (scoreOf(id, kind, partition) > scoreOf(best, kind, partition)) best = id
      return best
    },
    doing(kind) {
      const all = [...alive(kind).values()]
      return {
        running: all.reduce((sum, { running }) => sum + running, 0),
        delayed: all.reduce((sum, { delayed }) => sum + delayed, 0),
      }
    },
    join(kind, doing, changed) {
      joined.set(kind, { doing, changed })
      say(kind, doing())
      return {
        leave() {
          joined.delete(kind)
          say(kind, { running: 0, delayed: 0, leaves: true })
        },
      }
    },
    close() {
      clearInterval(timer)
      subscription.unsubscribe()
    },
  }
}

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined // none of ours
  }
}
