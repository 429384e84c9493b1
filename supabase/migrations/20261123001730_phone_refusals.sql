-- Numbers of other accounts. `customers.phone` is unique, so whoever stores a number learns whether another account has it,
-- and could ask so for millions. So refusals are counted, by account and day; there is a limit for a day; and admins see
-- who comes near it.
--
-- A refusal undoes its transaction, and whatever it writes into a table. What it does to a sequence stays. So each account
-- has a sequence, private.phone_refusals_…, that holds the last day and its count: days since 1970 * 1,000,000 + count.

create function private.phone_refusals_per_day() returns integer
language sql immutable parallel safe
as $$ select 10000 $$;

-- Days with refusals, as admins read them; private.keep_phone_refusals writes them. Kept for 90 days. No triggers.
create table public.phone_refusals (
  id uuid primary key default private.uuid_v7(),
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  day date not null,
  refused integer not null,
  unique (user_id, day)
);
comment on column public.phone_refusals.refused is 'how often the account was refused a number because another account has it';
alter table public.phone_refusals enable row level security;
create policy admins_read_phone_refusals on public.phone_refusals for select to authenticated
  using ((select private.is_admin()));
grant select on public.phone_refusals to authenticated;
grant select, insert, update, delete on public.phone_refusals to service_role;

create function private.phone_refusals_counter(account uuid) returns text
language sql immutable parallel safe
set search_path = ''
as $$ select 'private.phone_refusals_' || replace(account::text, '-', '') $$;

-- Makes and drops an account's sequence with its profile. Side effect: that sequence.
create function private.follow_account() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    execute format('create sequence if not exists %s', private.phone_refusals_counter(new.id));
  else
    execute format('drop sequence if exists %s', private.phone_refusals_counter(old.id));
  end if;
  return null;
end
$$;
create trigger follow_account after insert or delete on public.user_profiles
  for each row execute function private.follow_account();
do $$
declare
  account uuid;
begin
  for account in select p.id from public.user_profiles p loop
    execute format('create sequence if not exists %s', private.phone_refusals_counter(account));
  end loop;
end
$$;

-- How often an account was refused on a day, by its sequence: null if that knows of another day only.
create function private.phone_refusals_on(account uuid, day date) returns integer
language sql volatile security definer
set search_path = ''
as $$
  select (v.value % 1000000)::integer
  from pg_sequence_last_value(to_regclass(private.phone_refusals_counter(account))) v (value)
  where v.value / 1000000 = day - date '1970-01-01'
$$;

-- Counts refusals of today (UTC). Side effect: the account's sequence, also if the transaction is undone.
create function private.count_phone_refusals(account uuid, more bigint default 1) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  today constant date := (private.clock() at time zone 'UTC')::date;
  counter constant regclass := to_regclass(private.phone_refusals_counter(account));
begin
  if counter is not null and more > 0 then
    perform setval(
      counter,
      (today - date '1970-01-01') * 1000000::bigint + least(coalesce(private.phone_refusals_on(account, today), 0) + more, 999999)
    );
  end if;
end
$$;

-- Raises PT429 `too_many_unavailable_phones` if the account has used up today's refusals.
create function private.check_phone_refusals(account uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if private.phone_refusals_on(account, (private.clock() at time zone 'UTC')::date) >= private.phone_refusals_per_day() then
    raise exception using errcode = 'PT429', message = 'too_many_unavailable_phones',
      detail = 'Too many numbers of other accounts were tried today. No number can be stored before midnight (UTC).',
      hint = 'Ask an admin.';
  end if;
end
$$;

-- Counts an import's refusals, and raises PT429 `too_many_unavailable_phones` if today's are used up with them.
create function private.count_import_refusals(account uuid, refused bigint) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.check_phone_refusals(account);
  perform private.count_phone_refusals(account, refused);
  -- Exactly used up is still within.
  if private.phone_refusals_on(account, (private.clock() at time zone 'UTC')::date) > private.phone_refusals_per_day() then
    perform private.check_phone_refusals(account);
  end if;
end
$$;
grant execute on function private.count_import_refusals(uuid, bigint) to service_role;

-- Raises PT409 `phone_unavailable`, which counts, if another account than the customer's has the number; and before that
-- PT429 `too_many_unavailable_phones`, whoever has it. Admins, who see every customer, are not counted. Side effect: the
-- caller's sequence.
create function private.refuse_unavailable_phone(phone text, owner_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me constant uuid := private.my_profile_id();
begin
  -- Who is not approved, row level security refuses, whatever the number.
  if me is null or private.is_admin() then
    return;
  end if;
  perform private.check_phone_refusals(me);
  if exists (
    select from public.customers c where c.phone = refuse_unavailable_phone.phone and c.user_id is distinct from owner_id
  ) then
    perform private.count_phone_refusals(me);
    raise exception using errcode = 'PT409', message = 'phone_unavailable',
      detail = 'This phone number is not available to this account.';
  end if;
end
$$;
grant execute on function private.refuse_unavailable_phone(text, uuid) to authenticated;

create function private.refuse_unavailable_phones() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform private.refuse_unavailable_phone(new.phone, new.user_id);
  return new;
end
$$;
-- Their names come after normalize_… and own_new_row, which set phone and user_id.
create trigger refuse_unavailable_new_phone before insert on public.customers
  for each row when (current_user = 'authenticated') execute function private.refuse_unavailable_phones();
create trigger refuse_unavailable_changed_phone before update of phone on public.customers
  for each row when (current_user = 'authenticated' and new.phone is distinct from old.phone)
  execute function private.refuse_unavailable_phones();

-- Writes down what the sequences have counted; services call it every minute. Side effects: rows of phone_refusals;
-- those that are older than 90 days go.
create function private.keep_phone_refusals() returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into public.phone_refusals as r (user_id, day, refused)
  select p.id, date '1970-01-01' + (v.value / 1000000)::integer, (v.value % 1000000)::integer
  from public.user_profiles p
  cross join lateral pg_sequence_last_value(to_regclass(private.phone_refusals_counter(p.id))) v (value)
  where v.value > 1000000
  on conflict (user_id, day) do update set refused = excluded.refused where r.refused <> excluded.refused;
  delete from public.phone_refusals r where r.day < now() - interval '90 days';
end
$$;
grant execute on function private.keep_phone_refusals() to service_role;
