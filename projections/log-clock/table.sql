create table {table} (
  position text collate "C" not null,
  instant  text collate "C" not null
);
create index {table}_instant on {table} (instant, position);
-- indexes
create unique index {table}_position on {table} (position);
