create table {table} (
  repository_id text collate "C" not null,
  package       text collate "C" not null,
  version       text collate "C" not null,
  project       text collate "C" not null,
  repository    text collate "C" not null,
  format        text not null,
  files         text not null,
  size          bigint not null,
  manifest      text not null,
  readme        text,
  about         text,
  deprecated    text,
  yanked        text,
  published_at  text not null,
  published_by  text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (repository_id, package, version) where valid_to is null;
-- indexes
create index {table}_past on {table} (repository_id, package, version, valid_from);
