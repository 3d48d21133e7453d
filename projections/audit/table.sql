create table {table} (
  position       text collate "C" not null,
  event_id       uuid not null,
  stream         text collate "C" not null,
  revision       bigint not null,
  type           text collate "C" not null,
  at             text collate "C" not null,
  actor_kind     text not null,
  actor_id       text collate "C" not null,
  actor_via      text not null,
  correlation_id text collate "C" not null,
  causation_id   text not null,
  project        text collate "C",
  repository     text collate "C",
  subject        text,
  data           text not null
);
-- indexes
create unique index {table}_position on {table} (position);
create index {table}_project on {table} (project, repository, position);
create index {table}_actor on {table} (actor_id, position);
create index {table}_type on {table} (type, position);
create index {table}_stream on {table} (stream, position);
create index {table}_correlation on {table} (correlation_id, position);
create index {table}_at on {table} (at, position);
