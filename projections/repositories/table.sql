create table {table} (
  project       text collate "C" not null,
  repository    text collate "C" not null,
  repository_id text collate "C" not null,
  format        text not null,
  kind          text not null,
  public        boolean not null,
  overwrite     boolean not null,
  description   text,
  created_at    text not null,
  valid_from    text collate "C" not null,
  valid_to      text collate "C"
);
create unique index {table}_current on {table} (project, repository) where valid_to is null;
-- indexes
create index {table}_past on {table} (project, repository, valid_from);
