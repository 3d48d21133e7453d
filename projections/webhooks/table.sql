create table {table} (
  webhook_id    text collate "C" not null,
  name          text not null,
  scope         text collate "C" not null,
  project       text collate "C",
  repository    text collate "C",
  origin        text not null,
  events        text,
  header_names  text not null,
  active        boolean not null,
  paused_reason text,
  failing_since text,
  paused_at     text,
  creator_id    text collate "C" not null,
  created_at    text not null,
  updated_at    text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (webhook_id) where valid_to is null;
-- indexes
create index {table}_place on {table} (project, repository) where valid_to is null;
create index {table}_created on {table} (created_at, webhook_id) where valid_to is null;
