create table {table} (
  repository_id text collate "C" not null,
  package       text collate "C" not null,
  account_id    text collate "C" not null,
  starred_at    text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (repository_id, package, account_id) where valid_to is null;
-- indexes
create index {table}_account on {table} (repository_id, account_id, package) where valid_to is null;
create index {table}_past on {table} (repository_id, package, account_id, valid_from);
