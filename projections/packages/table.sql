create table {table} (
  repository_id text collate "C" not null,
  package       text collate "C" not null,
  project       text collate "C" not null,
  repository    text collate "C" not null,
  format        text not null,
  versions      integer not null,
  description   text,
  keywords      text,
  created_at    text not null,
  updated_at    text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (repository_id, package) where valid_to is null;
-- indexes
create index {table}_past on {table} (repository_id, package, valid_from);
