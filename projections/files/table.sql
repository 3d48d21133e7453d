create table {table} (
  repository_id text collate "C" not null,
  path          text collate "C" not null,
  project       text collate "C" not null,
  repository    text collate "C" not null,
  size          bigint not null,
  md5           text not null,
  sha1          text not null,
  sha256        text not null,
  sha512        text not null,
  content_type  text not null,
  properties    text not null,
  stored_at     text not null,
  stored_by     text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (repository_id, path) where valid_to is null;
-- indexes
create index {table}_past on {table} (repository_id, path, valid_from);
