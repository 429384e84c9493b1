-- What people see of the sums: a campaign's analytics for its owner, an account's over time, and the system's for admins.
-- See the file of the rollups for what stays counted when rows are deleted.

-- A moment as the API writes it. Inlined, so without a `search_path` of its own.
create function private.instant(moment timestamp with time zone) returns text
language sql stable
as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A share, to four places; null of nothing. Inlined, so without a `search_path` of its own.
create function private.share_of(part numeric, whole numeric) returns numeric
language sql immutable
as $$
  select round(part / nullif(whole, 0), 4)
$$;

-- The time zone that is meant, UTC where none is named. Raises PT422 `time_zone_unknown`.
create function private.checked_time_zone(name text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  if name is null then
    return 'UTC';
  end if;
  if char_length(name) <= 64 and name ~ '^[A-Za-z_]+(/[A-Za-z_]+)*$' then
    -- Asking all names takes longer than everything else. Without digits Postgres takes no rule of POSIX for a name.
    perform timestamp '2000-01-01' at time zone name;
    if name ~ '/' or name in ('UTC', 'GMT') then
      return name;
    end if;
  end if;
  if not exists (select from pg_catalog.pg_timezone_names z where z.name = checked_time_zone.name) then
    raise invalid_parameter_value;
  end if;
  return name;
exception when invalid_parameter_value then
  raise exception using errcode = 'PT422', message = 'time_zone_unknown', detail = 'There is no such time zone.',
    hint = 'Name it as IANA does, such as Europe/Berlin.';
end
$$;

-- One end of a period: a day in the zone (its beginning, or its end), or a moment. Raises PT422 `period_invalid`.
create function private.period_end(words text, zone text, is_last boolean) returns timestamp with time zone
language plpgsql stable
set search_path = ''
as $$
begin
  if words ~ '^\d{4}-\d\d-\d\d$' then
    return (words::date + case when is_last then 1 else 0 end)::timestamp at time zone zone;
  elsif words ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$' then
    return words::timestamp with time zone;
  elsif words is not null then
    raise datetime_field_overflow;
  end if;
  return null;
exception when datetime_field_overflow or invalid_datetime_format then
  raise exception using errcode = 'PT422', message = 'period_invalid',
    detail = 'A period begins and ends with a day, such as 2026-11-23, or with a moment, such as 2026-11-23T09:00:00Z.';
end
$$;

-- The period of the analytics, cut into units: the last 30 days, today included, where nothing else is said. Raises PT422
-- `period_invalid`, `interval_unknown`.
create function private.period_of(
  from_time text, to_time text, unit text, zone text, out first timestamp with time zone, out until timestamp with time zone
)
language plpgsql stable
set search_path = ''
as $$
begin
  if unit not in ('hour', 'day', 'week', 'month') then
    raise exception using errcode = 'PT422', message = 'interval_unknown', detail = 'An interval is hour, day, week or month.';
  end if;
  until := coalesce(private.period_end(to_time, zone, true), private.clock());
  first := coalesce(
    private.period_end(from_time, zone, false),
    (date_trunc('day', (until - interval '1 microsecond') at time zone zone) - interval '29 days') at time zone zone
  );
  if not (first < until and until - first <= interval '401 days') then
    raise exception using errcode = 'PT422', message = 'period_invalid',
      detail = 'A period begins before it ends and has at most 400 days.';
  end if;
  if unit = 'hour' and until - first > interval '32 days' then
    raise exception using errcode = 'PT422', message = 'period_invalid',
      detail = 'A period by the hour has at most 31 days.', hint = 'Ask for a shorter one, or by the day.';
  end if;
end
$$;

-- A campaign's analytics, for its owner, admins and services; raises PT404 `campaign_not_found` to others, PT422
-- `time_zone_unknown`. `deliveries` are by the minute, or by more of them where there are very many.
create function public.campaign_analytics(campaign_id uuid, time_zone text default null) returns json
language plpgsql stable security definer
set search_path = ''
set jit = off
as $$
#variable_conflict use_column
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_analytics.campaign_id);
  zone constant text := private.checked_time_zone(campaign_analytics.time_zone);
  most_points constant integer := 1500;
  price constant numeric := (select l.price_per_segment from private.limits_of(campaign.user_id, private.clock()) l);
  fresh private.message_tallies[] := array(
    select t from private.message_tallies t where t.campaign_id = campaign.id
  );
  in_doubt bigint := (
    select count(*)
    from private.send_claims c
    cross join unnest(c.positions) p (place)
    join public.campaign_messages m on m.campaign_id = c.campaign_id and m.position = p.place
    where c.campaign_id = campaign.id and m.status = 'pending' and m.in_doubt_since is not null
  );
  left_out bigint := (select coalesce(sum(s.value::bigint), 0) from jsonb_each_text(campaign.skipped) s);
  minutes integer;
  totals record;
  result jsonb;
begin
  with outcomes as materialized (
    select o.status, o.was_sent, o.reason, o.error_code, sum(o.n)::bigint as n, sum(o.segments)::bigint as segments
    from (
      select r.status, r.was_sent, r.reason, r.error_code, r.n, r.segments
      from private.campaign_outcomes r where r.campaign_id = campaign.id
      union all
      select s.status, s.was_sent, s.reason, s.error_code, s.n, s.segments from private.outcome_sums(fresh) s
    ) o
    group by 1, 2, 3, 4
  )
  select coalesce(sum(o.n), 0)::bigint as recipients,
    coalesce(sum(o.n) filter (where o.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(o.n) filter (where o.was_sent), 0)::bigint as sent,
    coalesce(sum(o.n) filter (where o.status = 'delivered'), 0)::bigint as delivered,
    coalesce(sum(o.n) filter (where o.status = 'failed' and o.was_sent), 0)::bigint as undelivered,
    coalesce(sum(o.n) filter (where o.status = 'failed' and not o.was_sent), 0)::bigint as not_sent,
    coalesce(sum(o.segments), 0)::bigint as segments,
    (
      select coalesce(jsonb_agg(jsonb_build_object(
        'reason', f.reason, 'error_code', f.error_code, 'text', private.failure_text(f.reason), 'messages', f.n
      ) order by f.n desc, f.reason, f.error_code), '[]')
      from (
        select o.reason, o.error_code, sum(o.n)::bigint as n from outcomes o where o.status = 'failed' group by 1, 2
        having sum(o.n) > 0
      ) f
    ) as failures
  into totals
  from outcomes o;

  result := jsonb_build_object(
    'campaign_id', campaign.id, 'name', campaign.name, 'status', campaign.status, 'time_zone', zone,
    'launched_at', private.instant(campaign.launched_at), 'sent_at', private.instant(campaign.sent_at),
    'audience', totals.recipients + left_out, 'left_out', campaign.skipped,
    'recipients', totals.recipients, 'pending', totals.pending, 'in_doubt', in_doubt,
    'waiting', greatest(totals.pending - in_doubt, 0),
    'waiting_until', (
      select private.instant(min(w.due_at)) from (
        select r.due_at from private.send_ranges r where r.campaign_id = campaign.id
        union all
        select r.due_at from private.send_retries r where r.campaign_id = campaign.id
      ) w
      where campaign.status = 'sending'
      having min(w.due_at) > private.clock()
    ),
    'sent', totals.sent, 'delivered', totals.delivered, 'undelivered', totals.undelivered, 'not_sent', totals.not_sent,
    'delivery_rate', private.share_of(totals.delivered, totals.delivered + totals.undelivered),
    'segments', totals.segments, 'price_per_segment', price, 'cost', round(totals.segments * price, 4),
    'opted_out', (
      select count(distinct m.conversation_id) from public.conversation_messages m
      where m.campaign_id = campaign.id and m.keyword = 'stop'
    ),
    'replies', (
      select count(*) from public.conversation_messages m
      where m.campaign_id = campaign.id and m.keyword in ('other', 'likely_revocation')
    ),
    'failures', totals.failures,
    'states', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'state', s.state, 'recipients', s.recipients, 'sent', s.sent, 'delivered', s.delivered,
        'undelivered', s.undelivered, 'not_sent', s.not_sent,
        'delivery_rate', private.share_of(s.delivered, s.delivered + s.undelivered)
      ) order by s.recipients desc, s.state), '[]')
      from (
        select u.state, sum(u.recipients)::bigint as recipients, sum(u.sent)::bigint as sent, sum(u.delivered)::bigint as delivered,
          sum(u.undelivered)::bigint as undelivered, sum(u.not_sent)::bigint as not_sent
        from (
          select r.state, r.recipients, r.sent, r.delivered, r.undelivered, r.not_sent
          from private.campaign_states r where r.campaign_id = campaign.id
          union all
          select f.state, f.recipients, f.sent, f.delivered, f.undelivered, f.not_sent from private.state_sums(fresh) f
        ) u
        group by 1
        having sum(u.recipients) > 0
      ) s
    )
  );

  with by_minute as materialized (
    select m.starts_at, sum(m.sent)::bigint as sent, sum(m.delivered)::bigint as delivered
    from (
      select r.starts_at, r.sent, r.delivered from private.campaign_minutes r where r.campaign_id = campaign.id
      union all
      select s.starts_at, s.sent, s.delivered from private.minute_sums(fresh) s
    ) m
    group by 1
    having sum(m.sent) <> 0 or sum(m.delivered) <> 0
  ),
  step as (
    select s.minutes
    from (select extract(epoch from max(b.starts_at) - min(b.starts_at)) / 60 as minutes from by_minute b) span,
      unnest(array[1, 15, 60, 1440]) s (minutes)
    where span.minutes is null or span.minutes / s.minutes < most_points or s.minutes = 1440
    order by 1
    limit 1
  ),
  points as (
    select b.starts_at - (l.local - date_bin(make_interval(mins => step.minutes), l.local, timestamp '2000-01-01')) as starts_at,
      sum(b.sent)::bigint as sent, sum(b.delivered)::bigint as delivered
    from by_minute b cross join step cross join lateral (select b.starts_at at time zone zone as local) l
    group by 1
  )
  select result || jsonb_build_object(
    'interval_minutes', (select step.minutes from step),
    'deliveries', coalesce(jsonb_agg(jsonb_build_object(
      'starts_at', private.instant(p.starts_at), 'local_time', to_char(p.starts_at at time zone zone, 'YYYY-MM-DD HH24:MI'),
      'sent', p.sent, 'delivered', p.delivered
    ) order by p.starts_at), '[]')
  )
  into result
  from points p;
  return result;
end
$$;

-- Figures of an account over time, or of all together where it is null: the units in order, those without anything too,
-- their sum, and how the hours of the day compare. `best_hours` are up to three in which the most is delivered of what is
-- sent, of those with at least a hundredth of it all.
create function private.figures_over_time(
  account uuid, first timestamp with time zone, until timestamp with time zone, unit text, zone text, price numeric
) returns jsonb
language plpgsql stable
set search_path = ''
set jit = off
as $$
#variable_conflict use_column
declare
  -- Quarters that have begun before `first` are not split.
  since constant timestamp with time zone := private.quarter_of(first);
  figures jsonb;
begin
  with quarters as materialized (
    select f.*, f.starts_at at time zone zone as local from private.account_figures(account, since, until) f
  ),
  units as (
    select case unit
        -- Not by the local time alone: when clocks are set back, an hour comes twice.
        when 'hour' then q.starts_at - (q.local - date_trunc('hour', q.local))
        else date_trunc(unit, q.local) at time zone zone
      end as starts_at,
      sum(q.sent) as sent, sum(q.delivered) as delivered, sum(q.undelivered) as undelivered, sum(q.segments) as segments,
      sum(q.customers_added) as customers_added, sum(q.customers_removed) as customers_removed,
      sum(q.opted_out) as opted_out, sum(q.replies) as replies
    from quarters q
    group by 1
  ),
  calendar as (
    select case unit
        when 'hour' then s.at - (s.at at time zone zone - date_trunc('hour', s.at at time zone zone))
        else date_trunc(unit, s.at at time zone zone) at time zone zone
      end as starts_at
    from generate_series(since, until - interval '1 microsecond', case unit when 'hour' then interval '1 hour' else interval '1 day' end)
      s (at)
    union
    select u.starts_at from units u
    union
    select case unit
        when 'hour' then e.at - (e.at at time zone zone - date_trunc('hour', e.at at time zone zone))
        else date_trunc(unit, e.at at time zone zone) at time zone zone
      end
    from (select until - interval '1 microsecond' as at) e
  ),
  series as (
    select c.starts_at, coalesce(u.sent, 0) as sent, coalesce(u.delivered, 0) as delivered,
      coalesce(u.undelivered, 0) as undelivered, coalesce(u.segments, 0) as segments,
      coalesce(u.customers_added, 0) as customers_added, coalesce(u.customers_removed, 0) as customers_removed,
      coalesce(u.opted_out, 0) as opted_out, coalesce(u.replies, 0) as replies
    from calendar c left join units u using (starts_at)
  ),
  hours as (
    select extract(hour from q.local)::integer as hour, sum(q.sent) as sent, sum(q.delivered) as delivered,
      sum(q.undelivered) as undelivered, sum(q.replies) as replies,
      private.share_of(sum(q.delivered), sum(q.delivered) + sum(q.undelivered)) as rate, sum(sum(q.sent)) over () as sent_in_all
    from quarters q
    group by 1
  )
  select jsonb_build_object(
    'totals', (
      select jsonb_build_object(
        'sent', coalesce(sum(s.sent), 0), 'delivered', coalesce(sum(s.delivered), 0), 'undelivered', coalesce(sum(s.undelivered), 0),
        'delivery_rate', private.share_of(sum(s.delivered), sum(s.delivered) + sum(s.undelivered)),
        'segments', coalesce(sum(s.segments), 0), 'cost', round(coalesce(sum(s.segments), 0) * price, 4),
        'customers_added', coalesce(sum(s.customers_added), 0), 'customers_removed', coalesce(sum(s.customers_removed), 0),
        'opted_out', coalesce(sum(s.opted_out), 0), 'replies', coalesce(sum(s.replies), 0)
      )
      from series s
    ),
    'series', (
      select jsonb_agg(jsonb_build_object(
        'starts_at', private.instant(s.starts_at),
        'local_time', to_char(s.starts_at at time zone zone, case unit when 'hour' then 'YYYY-MM-DD HH24:MI' else 'YYYY-MM-DD' end),
        'sent', s.sent, 'delivered', s.delivered, 'undelivered', s.undelivered,
        'delivery_rate', private.share_of(s.delivered, s.delivered + s.undelivered),
        'segments', s.segments, 'cost', round(s.segments * price, 4),
        'customers_added', s.customers_added, 'customers_removed', s.customers_removed,
        'opted_out', s.opted_out, 'replies', s.replies
      ) order by s.starts_at)
      from series s
    ),
    'hours', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'hour', h.hour, 'sent', h.sent, 'delivered', h.delivered, 'undelivered', h.undelivered, 'delivery_rate', h.rate,
        'replies', h.replies
      ) order by h.hour), '[]')
      from hours h where h.sent <> 0 or h.replies <> 0
    ),
    'best_hours', array(
      select h.hour from hours h where h.sent > 0 and h.sent >= 0.01 * h.sent_in_all and h.rate is not null
      order by h.rate desc, h.sent desc, h.hour limit 3
    )
  )
  into figures;
  return figures;
end
$$;

-- An account's analytics over time, the caller's own where none is named; admins name others'. `interval` is hour, day, week
-- or month, in the time zone. Raises PT404 `account_not_found`, PT422 `time_zone_unknown`, `period_invalid`,
-- `interval_unknown`.
create function public.account_analytics(
  user_id uuid default null, from_time text default null, to_time text default null, "interval" text default 'day',
  time_zone text default null
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  mine constant uuid := private.my_profile_id();
  zone constant text := private.checked_time_zone(account_analytics.time_zone);
  unit constant text := coalesce(account_analytics."interval", 'day');
  account uuid;
  price numeric;
  period record;
begin
  select p.id into account from public.user_profiles p
  where p.id = coalesce(account_analytics.user_id, mine)
    and (current_setting('role') in ('service_role', 'none') or private.is_admin() or p.id = mine);
  if not found then
    raise exception using errcode = 'PT404', message = 'account_not_found', detail = 'There is no such account.';
  end if;
  select * into period from private.period_of(from_time, to_time, unit, zone);
  select l.price_per_segment into price from private.limits_of(account, private.clock()) l;
  return jsonb_build_object(
    'user_id', account, 'from', private.instant(period.first), 'to', private.instant(period.until), 'interval', unit,
    'time_zone', zone, 'price_per_segment', price
  ) || private.figures_over_time(account, period.first, period.until, unit, zone, price);
end
$$;
grant execute on function public.campaign_analytics(uuid, text), public.account_analytics(uuid, text, text, text, text)
  to authenticated, service_role;
