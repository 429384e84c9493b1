-- Phone lookups: Twilio's results, cached per account, and how many lookups each
-- account has used today.

-- Twilio's results. Each account has its own, so that nobody can write one that another account
-- uses. No triggers.
create table public.phone_lookups (
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  phone text not null check (phone ~ '^\+[1-9][0-9]{1,16}$'),
  valid boolean not null,
  line_type text check (length(line_type) <= 32),
  country_code text check (country_code ~ '^[A-Z]{2}$'),
  validation_errors text[] not null default '{}' check (length(validation_errors::text) <= 500),
  looked_up_at timestamp with time zone not null default now(),
  primary key (user_id, phone)
);
alter table public.phone_lookups enable row level security;
create policy read_own_phone_lookups on public.phone_lookups for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
grant select on public.phone_lookups to authenticated;
grant select, insert, update, delete on public.phone_lookups to service_role;

-- How many lookups an account was granted, by day (UTC). Locking the row makes an account's requests take
-- turns. No triggers.
create table private.phone_lookup_spending (
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  day date not null,
  lookups integer not null default 0 check (lookups >= 0),
  primary key (user_id, day)
);
alter table private.phone_lookup_spending enable row level security;

-- What to do about a number, in `turn`. `known`: the columns after it are what Twilio said. `granted`:
-- ask Twilio; one of today's lookups is reserved for it. `limit_reached`: today's lookups are used up.
create type private.phone_lookup_turn as (
  phone text,
  turn text,
  valid boolean,
  line_type text,
  country_code text,
  validation_errors text[],
  looked_up_at timestamp with time zone
);

-- Says what to do, one row for each different number. Lookups are granted in the order of the numbers.
-- Answers older than `max_age` don't count as known. Side effect: granted lookups are counted.
create function private.begin_phone_lookups(owner uuid, phones text[], max_age interval, daily_limit integer)
returns setof private.phone_lookup_turn
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  today date := (now() at time zone 'utc')::date;
  unknown text[] := array(
    select w.phone
    from unnest(phones) with ordinality w (phone, position)
    where w.phone is not null and not exists (
      select from public.phone_lookups l
      where l.user_id = owner and l.phone = w.phone and l.looked_up_at > now() - max_age
    )
    group by w.phone
    order by min(w.position)
  );
  granted integer := 0;
begin
  if cardinality(unknown) > 0 then
    insert into private.phone_lookup_spending (user_id, day) values (owner, today) on conflict do nothing;
    select least(greatest(daily_limit - s.lookups, 0), cardinality(unknown)) into granted
    from private.phone_lookup_spending s
    where s.user_id = owner and s.day = today
    for no key update;
    update private.phone_lookup_spending s set lookups = s.lookups + granted
    where s.user_id = owner and s.day = today and granted > 0;
  end if;

  return query
  select u.phone, case when u.position <= granted then 'granted' else 'limit_reached' end,
    null::boolean, null::text, null::text, null::text[], null::timestamp with time zone
  from unnest(unknown) with ordinality u (phone, position)
  union all
  select l.phone, 'known', l.valid, l.line_type, l.country_code, l.validation_errors, l.looked_up_at
  from public.phone_lookups l
  where l.user_id = owner and l.phone = any (phones) and l.phone <> all (unknown);
end
$$;

-- Stores what Twilio said: [{"phone", "valid", "line_type", "country_code", "validation_errors"}, …].
-- Side effect: replaces what it said before. Sorted, so that two calls never deadlock.
create function private.record_phone_lookups(owner uuid, results jsonb) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.phone_lookups (user_id, phone, valid, line_type, country_code, validation_errors)
  select distinct on (r.phone)
    owner, r.phone, r.valid, r.line_type, r.country_code, coalesce(r.validation_errors, '{}')
  from jsonb_to_recordset(results) r (
    phone text, valid boolean, line_type text, country_code text, validation_errors text[]
  )
  order by r.phone
  on conflict (user_id, phone) do update
  set valid = excluded.valid, line_type = excluded.line_type, country_code = excluded.country_code,
    validation_errors = excluded.validation_errors, looked_up_at = excluded.looked_up_at
$$;

-- Gives back lookups granted today that Twilio never answered and so never billed. Only for services:
-- a person who could call it could lift their own limit. Side effect: the count of today.
create function private.give_back_phone_lookups(owner uuid, unused integer) returns void
language sql volatile security definer
set search_path = ''
as $$
  update private.phone_lookup_spending s
  set lookups = greatest(s.lookups - greatest(unused, 0), 0)
  where s.user_id = owner and s.day = (now() at time zone 'utc')::date
$$;
grant execute on function
  private.begin_phone_lookups(uuid, text[], interval, integer),
  private.record_phone_lookups(uuid, jsonb),
  private.give_back_phone_lookups(uuid, integer)
  to service_role;

-- The caller's profile. Raises 42501 for a caller who is not approved.
create function private.need_profile_id() returns uuid
language plpgsql stable
set search_path = ''
as $$
declare
  mine uuid := private.my_profile_id();
begin
  if mine is null then
    raise insufficient_privilege using message = 'not_approved';
  end if;
  return mine;
end
$$;

-- private.begin_phone_lookups for the caller and one number. A person may pass any limit, but gains only a
-- larger count by it and no lookup: only our services ask Twilio, and they pass the operator's limit.
create function public.begin_phone_lookup(phone text, max_age interval, daily_limit integer)
returns private.phone_lookup_turn
language sql volatile security definer
set search_path = ''
as $$
  select * from private.begin_phone_lookups(
    private.need_profile_id(), array[begin_phone_lookup.phone], begin_phone_lookup.max_age, begin_phone_lookup.daily_limit
  )
$$;

-- Stores one answer for the caller and returns it as stored. Side effect: replaces the previous answer.
create function public.record_phone_lookup(result jsonb) returns public.phone_lookups
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  kept public.phone_lookups;
begin
  perform private.record_phone_lookups(private.need_profile_id(), jsonb_build_array(result));
  select l.* into kept from public.phone_lookups l
  where l.user_id = private.my_profile_id() and l.phone = result ->> 'phone';
  return kept;
end
$$;
grant execute on function
  public.begin_phone_lookup(text, interval, integer), public.record_phone_lookup(jsonb)
  to authenticated;
