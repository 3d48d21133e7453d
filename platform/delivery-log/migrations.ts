import type { MigrationSet } from '../database/migrations.ts'

/**
 * One row for each attempt. `delivery_id` is that of its job, the same for every try; `state` what came of it: `delivered`,
 * `retrying`, `given-up`, or `paused` when the webhook was because of it.
 */
export const deliveryLogMigrations: MigrationSet = {
  name: 'delivery-log',
  files: [
    {
      id: '0001-webhook-deliveries',
      sql: `
        create table webhook_deliveries (
          attempt_id         bigint primary key generated always as identity,
          delivery_id        uuid not null,
          webhook_id         text collate "C" not null,
          event_id           uuid not null,
          event_type         text collate "C" not null,
          subject            text,
          position           text collate "C" not null,
          purpose            text not null,
          attempt            integer not null,
          at                 timestamptz not null,
          duration_ms        integer not null,
          status             integer,
          error              text,
          state              text not null,
          request_headers    text not null,
          request_body       text not null,
          request_truncated  boolean not null,
          response_headers   text,
          response_body      text,
          response_truncated boolean not null
        );
        create index webhook_deliveries_newest on webhook_deliveries (webhook_id, attempt_id);
        create index webhook_deliveries_delivery on webhook_deliveries (delivery_id, at);
        create index webhook_deliveries_state on webhook_deliveries (webhook_id, state, at);
        create index webhook_deliveries_at on webhook_deliveries (at);`,
    },
    {
      // as few indexes as it is asked by: all that is delivered is written here
      id: '0002-fewer-indexes',
      sql: `
        drop index webhook_deliveries_newest;
        drop index webhook_deliveries_at;
        alter table webhook_deliveries drop constraint webhook_deliveries_pkey;
        alter table webhook_deliveries add primary key (webhook_id, attempt_id);
        create index webhook_deliveries_at on webhook_deliveries using brin (at);`,
    },
  ],
}
