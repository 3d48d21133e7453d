create table {table} (
  repository_id text collate "C" not null,
  package       text collate "C" not null,
  tag           text collate "C" not null,
  version       text collate "C" not null,
  set_at        text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (repository_id, package, tag) where valid_to is null;
-- indexes
create index {table}_past on {table} (repository_id, package, tag, valid_from);
