create table {table} (
  project     text collate "C" not null,
  description text,
  created_at  text not null,
  valid_from  text collate "C" not null,
  valid_to    text collate "C"
);
create unique index {table}_current on {table} (project) where valid_to is null;
-- indexes
create index {table}_past on {table} (project, valid_from);
