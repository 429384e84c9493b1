-- What accounts have launched, and whether a launch keeps to the limits of the day.

-- Every launch, in figures of that moment: so no launch scans messages, and who deletes campaigns or customers gets
-- nothing back. A campaign's id may stand here twice: people choose ids, and may choose that of one they deleted.
-- No triggers.
create table private.launches (
  id bigint generated always as identity primary key,
  campaign_id uuid not null,
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  launched_at timestamp with time zone not null,
  messages integer not null,
  segments_each integer not null
);
alter table private.launches enable row level security;
comment on column private.launches.segments_each is 'of one message, by private.segments';
create index launches_user_id_idx on private.launches (user_id, launched_at);
-- For admins, who look at a day's.
create index launches_launched_at_idx on private.launches (launched_at);
grant select on private.launches to service_role;

-- What an account has used of the day of UTC in which `at` is: what its campaigns launched in it, whenever the
-- messages go out. Messages that were canceled or skipped don't count; those tried again count once. Texts
-- with merge fields count as long as the send workers have found them to be, where that is more.
create function private.used_today(user_id uuid, at timestamp with time zone)
returns table (messages bigint, segments bigint)
language sql stable security definer
set search_path = ''
rows 1
as $$
  select coalesce(sum(k.messages), 0)::bigint, coalesce(sum(ceil(k.messages * k.segments_each)), 0)::bigint
  from (
    select greatest(l.messages - coalesce(c.skipped_count, 0), 0) as messages,
      greatest(l.segments_each, w.segments) as segments_each
    from private.launches l
    left join public.campaigns c on c.id = l.campaign_id and c.launched_at = l.launched_at
    left join private.send_lanes w on w.campaign_id = c.id
    where l.user_id = used_today.user_id and l.launched_at >= date_trunc('day', used_today.at, 'UTC')
  ) k
$$;

-- The three limits of a day: each one's value, what is used of it, what a launch of so many messages needs, and
-- whether that is too much.
create function private.daily_limits(user_id uuid, messages bigint, segments_each integer, at timestamp with time zone)
returns table (name text, value numeric, used numeric, needed numeric, exceeded boolean)
language sql stable security definer
set search_path = ''
rows 3
as $$
  select n.name, n.value, n.used, n.needed, coalesce(n.used + n.needed > n.value, false)
  from private.limits_of(daily_limits.user_id, daily_limits.at) l,
    private.used_today(daily_limits.user_id, daily_limits.at) u,
    lateral (values
      (1, 'messages_per_day', l.messages_per_day::numeric, u.messages::numeric, daily_limits.messages::numeric),
      (2, 'segments_per_day', l.segments_per_day, u.segments, daily_limits.messages * segments_each),
      (3, 'cost_per_day', l.cost_per_day, u.segments * l.price_per_segment, daily_limits.messages * segments_each * l.price_per_segment)
    ) n (ordinal, name, value, used, needed)
  order by n.ordinal
$$;

-- Raises PT422 `daily_limit_exceeded` if the account may not launch so many messages more today. Side effect: where
-- there are limits, other launches of the account wait here until this transaction ends. So two at once don't
-- both take what is left. Last of a launch's locks but for its own rows, so nobody waits in a circle.
create function private.check_daily_limits(user_id uuid, messages bigint, segments_each integer, at timestamp with time zone)
returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  broken record;
begin
  perform from private.limits_of(check_daily_limits.user_id, check_daily_limits.at) l
  where num_nonnulls(l.messages_per_day, l.segments_per_day, l.cost_per_day) > 0;
  if not found then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('daily_limits:' || check_daily_limits.user_id, 0));
  -- A statement of its own, so that it sees what was committed while this waited.
  select string_agg(
      format('%s is %s for this account: %s used today (UTC), %s needed.', d.name, trim_scale(d.value), trim_scale(d.used), trim_scale(d.needed)),
      ' '
    ) as detail,
    bool_or(d.needed > d.value) as never_fits
  into broken
  from private.daily_limits(check_daily_limits.user_id, check_daily_limits.messages, check_daily_limits.segments_each, check_daily_limits.at) d
  where d.exceeded;
  if broken.detail is not null then
    raise exception using errcode = 'PT422', message = 'daily_limit_exceeded', detail = broken.detail,
      hint = case
        when broken.never_fits then 'Send to fewer recipients, or ask an admin for a higher limit.'
        else 'Send to fewer recipients, wait until tomorrow, or ask an admin for a higher limit.'
      end,
      -- For launch_due_campaign, which lets a schedule wait for another day.
      constraint = case when broken.never_fits then 'never_fits' else 'fits_tomorrow' end;
  end if;
end
$$;

-- An account's limits: what is set for it, what is in force, and what of it is used today. Its own without an id.
-- For the owner, admins and services; raises PT404 `account_not_found` to others.
create function public.account_limits(user_id uuid default null) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  mine constant uuid := private.my_profile_id();
  account uuid;
  moment constant timestamp with time zone := private.clock();
begin
  select p.id into account from public.user_profiles p
  where p.id = coalesce(account_limits.user_id, mine)
    and (current_setting('role') in ('service_role', 'none') or private.is_admin() or p.id = mine);
  if not found then
    raise exception using errcode = 'PT404', message = 'account_not_found', detail = 'There is no such account.';
  end if;
  return (
    select json_build_object(
      'user_id', account,
      'own', (
        select json_build_object(
          'messages_per_day', a.messages_per_day, 'segments_per_day', a.segments_per_day, 'cost_per_day', a.cost_per_day,
          'price_per_segment', a.price_per_segment, 'countries', a.countries, 'ramp_up', a.ramp_up,
          'changed_at', a.changed_at, 'changed_by', a.changed_by
        )
        from private.account_limits a where a.user_id = account
      ),
      'in_force', json_build_object(
        'messages_per_day', l.messages_per_day, 'segments_per_day', l.segments_per_day, 'cost_per_day', l.cost_per_day,
        'price_per_segment', l.price_per_segment, 'countries', l.countries
      ),
      'used_today', json_build_object(
        'messages', u.messages, 'segments', u.segments, 'cost', u.segments * l.price_per_segment
      )
    )
    from private.limits_of(account, moment) l, private.used_today(account, moment) u
  );
end
$$;

-- Sets some of an account's limits, such as {"messages_per_day": 5000, "countries": ["US", "CA"]}; null is the default
-- again, and what is not named stays. Returns what account_limits does. For admins and services. Side effect:
-- the account's schedules that wait for another day are tried again. Raises PT403 `admin_required`, PT404
-- `account_not_found`, PT422 `limits_invalid`.
create function public.set_account_limits(user_id uuid, limits jsonb) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  problem text := private.limits_problem(set_account_limits.limits);
  wanted private.account_limits;
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only administrators may do this.';
  end if;
  if problem is not null then
    raise exception using errcode = 'PT422', message = 'limits_invalid', detail = problem;
  end if;
  -- The account's row is locked, so that of two changes at once the second adds to the first.
  perform from public.user_profiles p where p.id = set_account_limits.user_id for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'account_not_found', detail = 'There is no such account.';
  end if;
  select * into wanted from private.account_limits a where a.user_id = set_account_limits.user_id;
  wanted := jsonb_populate_record(wanted, set_account_limits.limits);
  wanted.user_id := set_account_limits.user_id;
  wanted.changed_at := now();
  wanted.changed_by := private.my_profile_id();
  -- One change, as the audit log shows it.
  insert into private.account_limits as a select wanted.*
  on conflict on constraint account_limits_pkey do update set
    messages_per_day = excluded.messages_per_day, segments_per_day = excluded.segments_per_day,
    cost_per_day = excluded.cost_per_day, price_per_segment = excluded.price_per_segment, countries = excluded.countries,
    ramp_up = excluded.ramp_up, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

  update public.campaigns c set launch_after = null, failure_reason = null
  where c.id in (
    select w.id from public.campaigns w
    where w.user_id = set_account_limits.user_id and w.status = 'scheduled' and w.failure_reason = 'daily_limit_exceeded'
    order by w.id
    for no key update skip locked
  );
  return public.account_limits(set_account_limits.user_id);
end
$$;
grant execute on function public.account_limits(uuid), public.set_account_limits(uuid, jsonb) to authenticated, service_role;
