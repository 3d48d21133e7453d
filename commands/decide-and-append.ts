import type { Decider } from '../domain/decider.ts'
import { DomainError } from '../domain/errors.ts'
import type { DomainEvent } from '../domain/event-type.ts'
import { schemaVersionOf } from '../domain/event-catalogue.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import { instantOf } from '../platform/clock.ts'
import type { AppendResult, NewEvent, Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import { derivedId } from '../platform/ids.ts'
import { hasCode, isVersionConflict } from '../platform/platform-error.ts'
import type { CommandContext, CommandDependencies } from './command.ts'
import type { Fold } from './fold.ts'

const CONFLICT_TRIES = 20
const OUTCOME_TRIES = 5

export interface Decided<State> {
  readonly position: Position
  readonly revision: number
  readonly state: State
  /** Nothing was appended: the command had been carried out before, or it was so already. */
  readonly unchanged: boolean
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** An append whose answer was lost is sent again with the same ids and the same expected revision, which the store recognises. */
const appendForSure = async (
  { store }: CommandDependencies,
  stream: string,
  events: readonly NewEvent[],
  expected: number,
): Promise<AppendResult> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.append(stream, events, expected)
    } catch (error) {
      if (!hasCode(error, 'unknown-outcome') || attempt === OUTCOME_TRIES) throw error
      await pause(50 * 2 ** attempt)
    }
  }
}

const withMetadata = (
  context: CommandContext,
  at: string,
  stream: string,
  expected: number,
  events: readonly DomainEvent[],
): NewEvent[] =>
  events.map(({ type, data }, index) => {
    const { principal, commandId, correlationId } = context
    const metadata: EventMetadata = {
      schemaVersion: schemaVersionOf(type),
      actor: { kind: principal.kind, id: principal.accountId, via: principal.via },
      at,
      correlationId,
      causationId: commandId,
      commandId,
    }
    return { id: derivedId(commandId, stream, expected, index), type, data, metadata }
  })

const recorded = (stream: string, events: readonly NewEvent[], { revision, position }: AppendResult): RecordedEvent[] =>
  events.map((event, index) => ({ ...event, stream, revision: revision - events.length + 1 + index, position }))

/**
 * Loads the stream, decides, and appends at the revision read. A version conflict is decided again on the new state, unless
 * the caller named the revision it expects. A command that wrote to this stream before (same id) returns its first result.
 * `likelyNew`: the stream is not read first, because it mostly does not exist; where it does, the append is refused and the
 * decision is made again on what is there. Only for commands that an absent stream accepts.
 * @throws {DomainError} what `decide` refuses; `revision-conflict`; `unknown-outcome`; `unavailable`
 */
export const decideAndAppend = async <State, Command, Event extends DomainEvent>(
  dependencies: CommandDependencies,
  context: CommandContext,
  stream: string,
  decider: Decider<State, Command, Event>,
  command: Command,
  { likelyNew = false }: { readonly likelyNew?: boolean } = {},
): Promise<Decided<State>> => {
  const { folds, clock } = dependencies
  const foldable = decider as unknown as Decider<State, never, Event>
  for (let attempt = 1; ; attempt++) {
    const unread = likelyNew && attempt === 1 && context.expectedRevision === undefined
    const fold: Fold<State> = await (unread ? folds.loadLikelyNew(stream, foldable) : folds.load(stream, foldable))
    const before = fold.done.get(context.commandId)
    if (before !== undefined) return { position: before, revision: fold.revision, state: fold.state, unchanged: true }
    if (context.expectedRevision !== undefined && context.expectedRevision !== fold.revision)
      throw new DomainError(
        'revision-conflict',
        `You expected revision ${context.expectedRevision}, but it is at ${fold.revision}.`,
      )
    const decided = decider.decide(command, fold.state)
    if (decided.length === 0)
      return { position: fold.position, revision: fold.revision, state: fold.state, unchanged: true }
    const events = withMetadata(context, instantOf(clock), stream, fold.revision, decided)
    try {
      const result = await appendForSure(dependencies, stream, events, fold.revision)
      const { state } = folds.advance(stream, foldable, fold, recorded(stream, events, result))
      return { position: result.position, revision: result.revision, state, unchanged: false }
    } catch (error) {
      if (!isVersionConflict(error) || attempt === CONFLICT_TRIES) throw error
      if (context.expectedRevision !== undefined) throw error
      if (attempt > 2) await pause(Math.random() * 2 ** Math.min(attempt, 6))
    }
  }
}
