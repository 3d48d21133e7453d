create table {table} (
  token_id   text collate "C" not null,
  account_id text collate "C" not null,
  expires_at text,
  actions    text,
  scopes     text,
  cidrs      text,
  created_at text not null,
  valid_from text collate "C" not null,
  valid_to   text collate "C"
);
create unique index {table}_current on {table} (token_id) where valid_to is null;
-- indexes
create index {table}_account on {table} (account_id, created_at) where valid_to is null;
