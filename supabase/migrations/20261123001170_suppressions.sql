-- Numbers that must not be texted. Kept by number and not by customer, so that an entry outlives deletions
-- and imports of the customer's row. The paths of sending and of callbacks write only here; customers
-- become inactive a moment later (see apply_suppressions), so no lock on `customers` delays a text.

-- `user_id` null: for every account. Lifted entries stay, with when and by whom. No triggers.
create table private.suppressions (
  id uuid primary key default private.uuid_v7(),
  phone text not null,
  user_id uuid references public.user_profiles (id) on delete cascade,
  reason text not null,
  since timestamp with time zone not null default now(),
  source text not null,
  evidence jsonb,
  lifted_at timestamp with time zone,
  lifted_by uuid references public.user_profiles (id) on delete set null,
  applied boolean not null default false
);
create unique index suppressions_phone_key on private.suppressions (phone, user_id, reason) nulls not distinct
  where lifted_at is null;
create index suppressions_user_id_idx on private.suppressions (user_id) where user_id is not null;
create index suppressions_lifted_by_idx on private.suppressions (lifted_by) where lifted_by is not null;
create index suppressions_not_applied_idx on private.suppressions (id) where not applied;
grant select, insert, update on private.suppressions to service_role;

-- Whether the account may text this number: asked at launch, and again when a message is claimed.
create function private.may_text(phone text, user_id uuid) returns boolean
language sql stable
set search_path = ''
as $$
  select not exists (
    select from private.suppressions s
    where s.phone = may_text.phone and s.lifted_at is null
      and (s.user_id is null or s.user_id = may_text.user_id)
  )
$$;
grant execute on function private.may_text(text, uuid) to service_role;

-- Makes customers of newly suppressed numbers inactive. Rows that somebody else has locked wait for the
-- next call. Returns how many entries were dealt with.
create function private.apply_suppressions(at_most integer default 500) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  dealt_with integer;
begin
  with entries as (
    select s.id, s.phone, s.user_id, s.lifted_at from private.suppressions s
    where not s.applied
    order by s.id
    limit at_most
    for no key update skip locked
  ),
  known as (
    select c.id, e.id as entry, c.status from entries e join public.customers c on c.phone = e.phone
    where e.lifted_at is null and (e.user_id is null or e.user_id = c.user_id)
  ),
  free as (
    select c.id from public.customers c
    where c.id in (select k.id from known k where k.status is distinct from 'inactive')
    order by c.id
    for no key update skip locked
  ),
  changed as (
    update public.customers c set status = 'inactive' from free f where c.id = f.id returning c.id
  )
  update private.suppressions s set applied = true
  from entries e
  where s.id = e.id and not exists (
    select from known k
    where k.entry = e.id and k.status is distinct from 'inactive' and k.id not in (select ch.id from changed ch)
  );
  get diagnostics dealt_with = row_count;
  return dealt_with;
end
$$;
grant execute on function private.apply_suppressions(integer) to service_role;
