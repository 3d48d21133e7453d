create schema event_store;

-- Stream names may be longer than an index entry (2,704 bytes), so indexes hold this: 128 bits of the name's SHA-256.
create function event_store.stream_key(stream text) returns uuid language sql stable parallel safe
return encode(substring(sha256(convert_to(stream, 'UTF8')) for 16), 'hex')::uuid;

create table event_store.events (
  position bigint primary key,
  revision integer not null,
  stream_key uuid not null,
  id uuid not null,
  stream text collate "C" not null,
  type text collate "C" not null,
  data bytea not null,
  metadata bytea not null,
  unique (stream_key, revision)
);

-- Writes each request whole or not at all. The lock is held until the commit, so positions become visible in their
-- order, whoever writes: call this as a statement of its own, never inside a longer transaction.
--
-- streams, expected, counts: one element per request. requests, revisions, ids, types: one element per event, `requests`
-- being the number (from 1) of its request, ascending. data, metadata: the events' JSON texts, joined by U+001E (as
-- RFC 7464 does), which a JSON text cannot contain.
-- Returns a row per request: revision and position of its last event, or no position and the stream's revision (-1: none)
-- when that is not what the request expects. A repeat of what is stored already, by ids, gets the first result.
create function event_store.append(
  streams text[], expected integer[], counts integer[],
  requests integer[], revisions integer[], ids uuid[], types text[], data text, metadata text
) returns table (request integer, revision integer, "position" bigint)
language plpgsql volatile
set search_path = pg_catalog
-- Plans are kept, and made while the table is small: none may be one that suits only a small table.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_nestloop = off
-- Before Postgres 18 a plan kind that is off but unavoidable counts as dear, and dear plans are compiled: 0.8 s a call.
set jit = off
as $$
#variable_conflict use_column
declare
  data_texts text[] := string_to_array(append.data, E'\x1e');
  metadata_texts text[] := string_to_array(append.metadata, E'\x1e');
  tail bigint;
  head integer;
  written integer[] := '{}';
  asked record;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'appends need read committed: a snapshot from before the lock misses what the lock waited for';
  end if;
  perform pg_advisory_xact_lock(7041);
  tail := coalesce((select max(e.position) from event_store.events e), 0);

  -- In one statement: the first request of each stream, where the stream is as expected.
  for asked in
    with ready as materialized (
      select a.number, a.stream, a.key, a.expected, a.count
      from (
        select r.number::integer, r.stream, k.key, r.expected, r.count,
               row_number() over (partition by k.key order by r.number) as turn
        from unnest(streams, expected, counts) with ordinality r (stream, expected, count, number)
        cross join lateral (select event_store.stream_key(r.stream) as key offset 0) k
      ) a
      where a.turn = 1 and a.expected = coalesce(
        (select e.revision from event_store.events e where e.stream_key = a.key order by e.revision desc limit 1), -1)
    ), inserted as (
      insert into event_store.events (position, revision, stream_key, id, stream, type, data, metadata)
      select tail + row_number() over (order by n.number), n.revision, r.key, n.id, r.stream, n.type,
             convert_to(n.data, 'UTF8'), convert_to(n.metadata, 'UTF8')
      from unnest(requests, revisions, ids, types, data_texts, metadata_texts)
        with ordinality n (request, revision, id, type, data, metadata, number)
      join ready r on r.number = n.request
      order by n.number
    )
    select r.number, r.expected + r.count as revision, tail + sum(r.count) over (order by r.number) as position
    from ready r order by r.number
  loop
    written := written || asked.number;
    request := asked.number;
    revision := asked.revision;
    position := asked.position;
    return next;
  end loop;
  tail := coalesce(position, tail);

  -- One by one: what is left, which is rare (a second request for a stream, a repeat, a conflict).
  for asked in
    select r.number::integer, r.stream, event_store.stream_key(r.stream) as key, r.expected, r.count,
           (sum(r.count) over (order by r.number))::integer as last
    from unnest(streams, expected, counts) with ordinality r (stream, expected, count, number)
    where cardinality(written) < cardinality(streams)
    order by r.number
  loop
    continue when asked.number = any (written);
    head := coalesce(
      (select e.revision from event_store.events e where e.stream_key = asked.key order by e.revision desc limit 1), -1);
    request := asked.number;
    revision := asked.expected + asked.count;
    position := null;
    if head = asked.expected then
      insert into event_store.events (position, revision, stream_key, id, stream, type, data, metadata)
      select tail + n.number, n.revision, asked.key, n.id, asked.stream, n.type,
             convert_to(n.data, 'UTF8'), convert_to(n.metadata, 'UTF8')
      from unnest(
        revisions[asked.last - asked.count + 1 : asked.last], ids[asked.last - asked.count + 1 : asked.last],
        types[asked.last - asked.count + 1 : asked.last], data_texts[asked.last - asked.count + 1 : asked.last],
        metadata_texts[asked.last - asked.count + 1 : asked.last]
      ) with ordinality n (revision, id, type, data, metadata, number);
      tail := tail + asked.count;
      position := tail;
    elsif head >= revision and not exists (
      select from unnest(
        revisions[asked.last - asked.count + 1 : asked.last], ids[asked.last - asked.count + 1 : asked.last]
      ) n (revision, id)
      where n.id is distinct from
        (select e.id from event_store.events e where e.stream_key = asked.key and e.revision = n.revision)
    ) then
      position := (
        select e.position from event_store.events e
        where e.stream_key = asked.key and e.revision = asked.expected + asked.count);
    else
      revision := head;
    end if;
    return next;
  end loop;
end
$$;
