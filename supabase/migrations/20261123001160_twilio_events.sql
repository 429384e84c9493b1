-- What Twilio told us, as it came: every callback and every inbound message, repeated ones too. Evidence, and the
-- raw material when something has to be worked out again. Written by the statement that acts on it, so that what was
-- answered is kept, and what is kept was acted on.

-- By day, so that what is too old goes without a trace and without a vacuum. Append-only: nobody is granted more. No
-- triggers, and no index: it costs the callbacks least, and who looks for one message knows its day.
create table private.twilio_events (
  received_at timestamp with time zone not null default clock_timestamp(),
  kind text not null check (kind in ('status', 'inbound')),
  sid text,
  message_id uuid,
  status text,
  error_code integer,
  payload text not null
)
partition by range (received_at);
comment on column private.twilio_events.message_id is 'ours, where the callback''s URL named one';
comment on column private.twilio_events.status is 'Twilio''s word, unknown ones too';
comment on column private.twilio_events.payload is 'the body, as it came: a form or JSON';
alter table private.twilio_events enable row level security;
grant select, insert on private.twilio_events to service_role;

-- A status callback of a group that is appended at once.
create type private.status_event as (sid text, message_id uuid, status text, error_code integer, payload text);

-- Takes what comes on a day that has no partition yet, so that nothing is refused if upkeep was away.
create table private.twilio_events_rest partition of private.twilio_events default;
alter table private.twilio_events_rest enable row level security;

-- Makes the partitions of today and the next two days (UTC), and drops those that are older than `kept_days` (null: than
-- private.retention says). Returns how many were dropped. Safe to call from several processes. Side effect: tables. While
-- somebody reads the callbacks, a backup for instance, it raises 55P03: who waits for the whole table stops every callback,
-- and there is time to try again, two days of it.
create function private.keep_twilio_events(kept_days integer) returns integer
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '50ms'
as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  day date;
  name text;
  partition record;
  dropped integer := 0;
begin
  if kept_days is null then
    select r.twilio_events into strict kept_days from private.retention r;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('keep_twilio_events', 0));
  for day in select today + n from generate_series(0, 2) n loop
    name := 'twilio_events_' || to_char(day, 'YYYYMMDD');
    -- What the rest already has of a day stays there: moving it would hold up the callbacks.
    if to_regclass('private.' || name) is null and not exists (
      select from private.twilio_events_rest e where e.received_at >= day and e.received_at < day + 1
    ) then
      execute format(
        'create table private.%I partition of private.twilio_events for values from (%L) to (%L)',
        name, day::timestamptz, (day + 1)::timestamptz
      );
      execute format('alter table private.%I enable row level security', name);
    end if;
  end loop;
  for partition in
    select c.relname from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'private.twilio_events'::regclass
      and c.relname ~ '^twilio_events_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < today - kept_days
  loop
    execute format('drop table private.%I', partition.relname);
    dropped := dropped + 1;
  end loop;
  delete from private.twilio_events_rest e where e.received_at < today - kept_days;
  return dropped;
end
$$;
grant execute on function private.keep_twilio_events(integer) to service_role;
select private.keep_twilio_events(30);
