import type { MigrationSet } from '../platform/database/migrations.ts'
import type { Sql } from 'postgres'

/** What is known of a command that was sent with a key. */
export type KnownCommand =
  | { readonly status: 'new' }
  /** Begun before, without an answer on record: it may have been carried out. */
  | { readonly status: 'begun' }
  | { readonly status: 'answered'; readonly result: unknown }
  | { readonly status: 'other-payload' }

/** The record of keyed commands and their first answers. */
export interface IdempotencyRecord {
  /** Notes that the command begins, or tells what is known of it. `payloadHash`: hex SHA-256 of the input. */
  begin(commandId: string, payloadHash: string): Promise<KnownCommand>
  /** Keeps the first answer. */
  answer(commandId: string, result: unknown): Promise<void>
}

export const idempotencyMigrations: MigrationSet = {
  name: 'command-results',
  files: [
    {
      id: '0001-command-results',
      sql: `create table command_results (
        command_id   uuid primary key,
        payload_hash text not null,
        result       text,
        begun_at     timestamptz not null default now()
      )`,
    },
  ],
}

export const postgresIdempotencyRecord = (sql: Sql): IdempotencyRecord => ({
  async begin(commandId, payloadHash) {
    const inserted = await sql`
      insert into command_results (command_id, payload_hash) values (${commandId}, ${payloadHash})
      on conflict do nothing`
    if (inserted.count === 1) return { status: 'new' }
    const [row] = await sql<{ payload_hash: string; result: string | null }[]>`
      select payload_hash, result from command_results where command_id = ${commandId}`
    if (row === undefined) return { status: 'begun' }
    if (row.payload_hash !== payloadHash) return { status: 'other-payload' }
    return row.result === null ? { status: 'begun' } : { status: 'answered', result: JSON.parse(row.result) }
  },

  async answer(commandId, result) {
    await sql`
      update command_results set result = ${JSON.stringify(result)}
      where command_id = ${commandId} and result is null`
  },
})
