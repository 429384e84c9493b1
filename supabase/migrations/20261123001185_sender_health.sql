-- How each sender fares: what it sent, delivered, failed to deliver and lost to opt-outs on each day, and alarms. Days
-- are those of UTC, as the daily limits' are: the day on which something was recorded, not on which it was sent.

-- What happened, as it happens: the statements that record outcomes, callbacks and opt-outs add a row here for all
-- messages of a kind at once. Adding to a counter instead would make all of a sender's callbacks wait for one row. No
-- foreign key: each check would lock the sender's row against the takes, which update it all the time. No index: whoever
-- folds reads and deletes everything. No triggers.
create table private.sender_tallies (
  sender_id uuid not null,
  at timestamp with time zone not null default private.clock(),
  kind text not null check (kind in ('sent', 'delivered', 'failed', 'opted_out')),
  error_code integer,
  n integer not null
)
-- Emptied every minute: without this, dead rows would be read for a long time.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table private.sender_tallies enable row level security;
comment on column private.sender_tallies.kind is
  'sent: Twilio took it; delivered and failed: the end of a message; opted_out: somebody said STOP to the sender';
comment on column private.sender_tallies.error_code is 'Twilio''s code of a failure, if it gave one';
grant select, insert, delete on private.sender_tallies to service_role;

-- The sums of tallies, which private.roll_up_senders writes. Kept for ever: a few rows for each sender and day. No triggers.
create table private.sender_days (
  sender_id uuid not null references private.senders (id) on delete cascade,
  day date not null,
  kind text not null,
  error_code integer,
  n bigint not null
);
alter table private.sender_days enable row level security;
create unique index sender_days_key on private.sender_days (sender_id, day, kind, error_code) nulls not distinct;
grant select on private.sender_days to service_role;

-- When a sender's day is alarming: shares of the messages that were given to Twilio on it. Lower than the limits at
-- which a campaign pauses (private.breaker_limits), since they are of all campaigns. Only operators write this row. No
-- triggers.
create table private.sender_alarm_limits (
  only_row boolean primary key default true check (only_row),
  least_messages integer not null default 100 check (least_messages > 0),
  filtered_ratio double precision not null default 0.03,
  unregistered_ratio double precision not null default 0.01,
  opted_out_ratio double precision not null default 0.03
);
alter table private.sender_alarm_limits enable row level security;
comment on column private.sender_alarm_limits.least_messages is 'fewer messages in a day raise no alarm';
comment on column private.sender_alarm_limits.filtered_ratio is 'of failures with 30007';
comment on column private.sender_alarm_limits.unregistered_ratio is 'of failures with 30034 and its relatives';
comment on column private.sender_alarm_limits.opted_out_ratio is 'of opt-outs, those included that only a refusal with 21610 told';
insert into private.sender_alarm_limits default values;
grant select, update on private.sender_alarm_limits to service_role;

-- Alarms, each once for a sender, day and kind. No triggers.
create table private.sender_alarms (
  sender_id uuid not null references private.senders (id) on delete cascade,
  day date not null,
  kind text not null check (kind in ('filtered', 'unregistered', 'opted_out')),
  value double precision not null,
  raised_at timestamp with time zone not null,
  primary key (sender_id, day, kind)
);
alter table private.sender_alarms enable row level security;
comment on column private.sender_alarms.value is 'the share when it was raised; it may have grown since';
grant select on private.sender_alarms to service_role;

-- A day of a sender in figures, one row for each day on which anything happened.
create function private.sender_figures(sender_id uuid, first date, last date)
returns table (
  day date, sent bigint, delivered bigint, failed bigint, opted_out bigint, filtered bigint, unregistered bigint,
  refused_as_opted_out bigint, failed_by_code json
)
language sql stable
set search_path = ''
as $$
  select d.day,
    coalesce(sum(d.n) filter (where d.kind = 'sent'), 0)::bigint,
    coalesce(sum(d.n) filter (where d.kind = 'delivered'), 0)::bigint,
    coalesce(sum(d.n) filter (where d.kind = 'failed'), 0)::bigint,
    coalesce(sum(d.n) filter (where d.kind = 'opted_out'), 0)::bigint,
    coalesce(sum(d.n) filter (where d.kind = 'failed' and d.error_code = 30007), 0)::bigint,
    -- The codes of "sender_unregistered" in services/shared/twilio/src/error_code.rs.
    coalesce(sum(d.n) filter (where d.kind = 'failed' and d.error_code in (30018, 30024, 30032, 30033, 30034, 30035)), 0)::bigint,
    coalesce(sum(d.n) filter (where d.kind = 'failed' and d.error_code = 21610), 0)::bigint,
    coalesce(
      json_object_agg(coalesce(d.error_code::text, 'none'), d.n order by d.n desc, d.error_code) filter (where d.kind = 'failed'), '{}'
    )
  from private.sender_days d
  where d.sender_id = sender_figures.sender_id and d.day between sender_figures.first and sender_figures.last
  group by d.day
$$;

-- Adds the tallies to the days and raises the alarms that are due; the workers call it every minute. One at a time: if
-- another one is at it, this does nothing. Returns the alarms raised. Side effects: tallies are deleted, days grow,
-- and each alarm mails the admins.
create function private.roll_up_senders() returns setof private.sender_alarms
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  bounds private.sender_alarm_limits;
  alarm private.sender_alarms;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('roll_up_senders', 0)) then
    return;
  end if;
  -- Limited, because callbacks go on while no worker runs. What comes meanwhile is the next call's.
  with gone as (
    delete from private.sender_tallies t
    where t.ctid = any (array(select o.ctid from private.sender_tallies o limit 200000))
    returning t.sender_id, (t.at at time zone 'UTC')::date as day, t.kind, t.error_code, t.n
  )
  insert into private.sender_days as d (sender_id, day, kind, error_code, n)
  select g.sender_id, g.day, g.kind, g.error_code, sum(g.n)
  from gone g join private.senders s on s.id = g.sender_id
  group by 1, 2, 3, 4
  on conflict (sender_id, day, kind, error_code) do update set n = d.n + excluded.n;

  select * into bounds from private.sender_alarm_limits;
  for alarm in
    insert into private.sender_alarms (sender_id, day, kind, value, raised_at)
    select s.id, f.day, k.kind, k.n / judged.messages, private.clock()
    from private.senders s
    -- Yesterday as well: its last minutes are folded today.
    cross join (select (private.clock() at time zone 'UTC')::date as today) c
    cross join lateral private.sender_figures(s.id, c.today - 1, c.today) f
    -- What Twilio refused has an end, but was never sent.
    cross join lateral (select greatest(f.sent, f.delivered + f.failed)::double precision as messages) judged
    cross join lateral (values
      ('filtered', f.filtered::double precision, bounds.filtered_ratio),
      ('unregistered', f.unregistered, bounds.unregistered_ratio),
      ('opted_out', f.opted_out + f.refused_as_opted_out, bounds.opted_out_ratio)
    ) k (kind, n, ratio)
    where judged.messages >= bounds.least_messages and k.n > k.ratio * judged.messages
    on conflict (sender_id, day, kind) do nothing
    returning *
  loop
    perform private.queue_mail('sender_alarm', u.email, jsonb_build_object(
      'reason', alarm.kind, 'day', alarm.day, 'percent', round((100 * alarm.value)::numeric, 1),
      'name', coalesce(s.phone_number, s.messaging_service_sid)
    ))
    from private.senders s
    cross join public.user_profiles p
    join auth.users u on u.id = p.user_id
    where s.id = alarm.sender_id and p.role = 'admin' and p.status = 'approved';
    return next alarm;
  end loop;
end
$$;
grant execute on function private.roll_up_senders() to service_role;

-- A day's figures as people see them. `delivery_rate` is the share of the messages that came to an end on that day, null
-- if none did. Figures of all accounts together are for admins; owners get only the rate.
create function private.sender_day_as_json(sender_id uuid, day date, for_admin boolean) returns json
language sql stable
set search_path = ''
as $$
  select case when for_admin then json_build_object(
      'day', sender_day_as_json.day, 'sent', coalesce(f.sent, 0), 'delivered', coalesce(f.delivered, 0),
      'failed', coalesce(f.failed_by_code, '{}'), 'opted_out', coalesce(f.opted_out, 0), 'delivery_rate', r.rate
    )
    else json_build_object('day', sender_day_as_json.day, 'delivery_rate', r.rate)
  end
  from (select) one
  left join private.sender_figures(sender_day_as_json.sender_id, sender_day_as_json.day, sender_day_as_json.day) f on true
  cross join lateral (select round(f.delivered::numeric / nullif(f.delivered + f.failed, 0), 4) as rate) r
$$;

-- How a sender fares today and yesterday, with the alarms of these days.
create function private.sender_health(sender_id uuid, for_admin boolean) returns json
language sql stable
set search_path = ''
as $$
  select json_build_object(
    'today', private.sender_day_as_json(sender_health.sender_id, c.today, for_admin),
    'yesterday', private.sender_day_as_json(sender_health.sender_id, c.today - 1, for_admin),
    'alarms', (
      select coalesce(json_agg(json_build_object(
        'day', a.day, 'kind', a.kind, 'value', round(a.value::numeric, 4), 'raised_at', a.raised_at
      ) order by a.day desc, a.kind), '[]')
      from private.sender_alarms a
      where a.sender_id = sender_health.sender_id and a.day >= c.today - 1
    )
  )
  from (select (private.clock() at time zone 'UTC')::date as today) c
$$;

-- Every sender that a campaign may name, the default first, with its health, for approved people and services. Changes
-- nothing.
create function public.list_senders() returns json
language sql stable security definer
set search_path = ''
as $$
  select coalesce(
    json_agg(
      private.sender_as_json(s)::jsonb || jsonb_build_object('health', private.sender_health(s.id, c.is_service or private.is_admin()))
      order by s.is_default desc, s.created_at, s.id
    ),
    '[]'
  )
  from private.senders s, (select current_setting('role') in ('service_role', 'none') as is_service) c
  where c.is_service or private.my_profile_id() is not null
$$;

-- A sender's days from `first` to `last`, the newest first, without those on which nothing happened. Only for admins and
-- services. Raises PT403 `admin_required`, PT404 `sender_not_found`, PT422 `days_out_of_range`.
create function public.sender_days(sender_id uuid, first date default null, last date default null) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  until constant date := coalesce(last, (private.clock() at time zone 'UTC')::date);
  since constant date := coalesce(first, until - 29);
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only admins see a sender''s days.';
  end if;
  if since not between until - 365 and until then
    raise exception using errcode = 'PT422', message = 'days_out_of_range', detail = 'A request is for 1 to 366 days.';
  end if;
  if not exists (select from private.senders s where s.id = sender_days.sender_id) then
    raise exception using errcode = 'PT404', message = 'sender_not_found', detail = 'There is no such sender.';
  end if;
  return (
    select coalesce(json_agg(private.sender_day_as_json(sender_days.sender_id, f.day, true) order by f.day desc), '[]')
    from (
      select distinct d.day from private.sender_days d
      where d.sender_id = sender_days.sender_id and d.day between since and until
    ) f
  );
end
$$;
grant execute on function public.list_senders(), public.sender_days(uuid, date, date) to authenticated, service_role;
