create table {table} (
  account_id text collate "C" not null,
  kind       text not null,
  status     text not null,
  created_at text not null,
  valid_from text collate "C" not null,
  valid_to   text collate "C"
);
create unique index {table}_current on {table} (account_id) where valid_to is null;
-- indexes
create index {table}_past on {table} (account_id, valid_from);
