create table {table} (
  role         text collate "C" not null,
  subject_kind text collate "C" not null,
  subject_id   text collate "C" not null,
  scope        text collate "C" not null,
  granted_at   text not null,
  valid_from   text collate "C" not null,
  valid_to     text collate "C"
);
create unique index {table}_current on {table} (subject_kind, subject_id, scope, role) where valid_to is null;
-- indexes
create index {table}_scope on {table} (scope) where valid_to is null;
create index {table}_past on {table} (subject_kind, subject_id, valid_from);
