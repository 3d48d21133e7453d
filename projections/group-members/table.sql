create table {table} (
  group_name text collate "C" not null,
  account_id text collate "C" not null,
  added_at   text not null,
  valid_from text collate "C" not null,
  valid_to   text collate "C"
);
create unique index {table}_current on {table} (group_name, account_id) where valid_to is null;
-- indexes
create index {table}_account on {table} (account_id) where valid_to is null;
create index {table}_past on {table} (group_name, account_id, valid_from);
