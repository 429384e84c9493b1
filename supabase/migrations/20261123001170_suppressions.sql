-- Numbers that must not be texted. Kept by number and not by customer, so that an entry outlives deletions
-- and imports of the customer's row. The paths of sending, callbacks and inbound messages write only here; customers
-- become inactive a moment later (see apply_suppressions), so no lock on `customers` delays a text.

-- `user_id` null: for every account. Append-only: an entry is lifted by a row in private.suppression_lifts.
--
-- Triggers, in whatever session_replication_role:
--   keep_suppressions (before insert, update, delete, each row): refuses new entries that are lifted already; changes
--     other than of `applied`, and of `lifted_at` and `lifted_by` once there is the lift; deletions, unless the number has
--     been erased (private.erased_numbers) or the entry's account is gone.
--   keep_all_suppressions (before truncate): refuses it.
create table private.suppressions (
  id uuid primary key default private.uuid_v7(),
  phone text not null check (char_length(phone) <= 64),
  user_id uuid references public.user_profiles (id) on delete cascade,
  reason text not null constraint suppressions_reason_check check (
    reason in (
      'opted_out', 'invalid_number', 'unreachable', 'complaint', 'declined', 'manual', 'listed', 'likely_revoked'
    )
  ),
  since timestamp with time zone not null default now(),
  source text not null constraint suppressions_source_check check (
    source in ('stop', 'twilio', 'words', 'import', 'person', 'list')
  ),
  evidence jsonb check (pg_column_size(evidence) <= 65536),
  lifted_at timestamp with time zone,
  lifted_by uuid references public.user_profiles (id) on delete set null,
  applied boolean not null default false
);
alter table private.suppressions enable row level security;
comment on column private.suppressions.reason is
  'opted_out: STOP, or Twilio''s 21610; unreachable: landline, unknown or blocked; declined: a file said no; listed: an account''s own list; likely_revoked: words that a person has to look at';
comment on column private.suppressions.applied is 'whether the customer''s row says it; false again once it is lifted';
create unique index suppressions_phone_key on private.suppressions (phone, user_id, reason) nulls not distinct
  where lifted_at is null;
-- Its whole history, for the story of a number.
create index suppressions_phone_idx on private.suppressions (phone);
create index suppressions_user_id_idx on private.suppressions (user_id) where user_id is not null;
create index suppressions_lifted_by_idx on private.suppressions (lifted_by) where lifted_by is not null;
create index suppressions_not_applied_idx on private.suppressions (id) where not applied;
grant select, insert on private.suppressions to service_role;

-- Who lifted an entry, and why. `lifted_by` is a profile, without a foreign key: this outlives accounts. Append-only, by a
-- trigger keep_suppression_lifts (before update, delete, truncate, in whatever session_replication_role): a lift goes
-- only with its entry.
create table private.suppression_lifts (
  suppression_id uuid primary key references private.suppressions (id) on delete cascade,
  lifted_at timestamp with time zone not null default now(),
  lifted_by uuid,
  source text not null check (source in ('start', 'person', 'import')),
  why text check (char_length(why) <= 1000)
);
alter table private.suppression_lifts enable row level security;
grant select on private.suppression_lifts to service_role;

create function private.keep_suppressions() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' and new.lifted_at is null and new.lifted_by is null then
    return new;
  elsif tg_op = 'UPDATE'
    and (new.id, new.phone, new.user_id, new.reason, new.since, new.source, new.evidence)
      is not distinct from (old.id, old.phone, old.user_id, old.reason, old.since, old.source, old.evidence)
    and (
      (new.lifted_at, new.lifted_by) is not distinct from (old.lifted_at, old.lifted_by)
      -- The account of whoever lifted it is gone.
      or (new.lifted_at = old.lifted_at and new.lifted_by is null)
      or (old.lifted_at is null and exists (
        select from private.suppression_lifts l
        where l.suppression_id = new.id and l.lifted_at = new.lifted_at and l.lifted_by is not distinct from new.lifted_by
      ))
    )
  then
    return new;
  elsif tg_op = 'DELETE' and (
    exists (select from private.erased_numbers e where e.phone_hash = private.phone_hash(old.phone))
    or (old.user_id is not null and not exists (select from public.user_profiles p where p.id = old.user_id))
  ) then
    return old;
  end if;
  raise exception using errcode = '55000', message = 'suppressions_are_kept',
    detail = 'Suppressions are appended and lifted, never changed or deleted.',
    hint = 'Use private.suppress and private.lift_suppressions.';
end
$$;
create trigger keep_suppressions before insert or update or delete on private.suppressions
  for each row execute function private.keep_suppressions();
create trigger keep_all_suppressions before truncate on private.suppressions
  for each statement execute function private.keep_suppressions();
alter table private.suppressions enable always trigger keep_suppressions;
alter table private.suppressions enable always trigger keep_all_suppressions;

create function private.keep_suppression_lifts() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' and not exists (select from private.suppressions s where s.id = old.suppression_id) then
    return old;
  end if;
  raise exception using errcode = '55000', message = 'suppressions_are_kept',
    detail = 'Lifts of suppressions are neither changed nor deleted.';
end
$$;
create trigger keep_suppression_lifts before update or delete on private.suppression_lifts
  for each row execute function private.keep_suppression_lifts();
create trigger keep_all_suppression_lifts before truncate on private.suppression_lifts
  for each statement execute function private.keep_suppression_lifts();
alter table private.suppression_lifts enable always trigger keep_suppression_lifts;
alter table private.suppression_lifts enable always trigger keep_all_suppression_lifts;

-- THE decision: the numbers that an account must not text, and why. A number may stand here more than once. The launch,
-- the claim and private.may_text all ask it. Inlined into their queries, so without a `search_path` of its own.
create function private.numbers_not_to_text(owner_id uuid) returns table (phone text, reason text)
language sql stable
as $$
  select s.phone, s.reason from private.suppressions s
  where s.lifted_at is null and (s.user_id is null or s.user_id = owner_id)
$$;
grant execute on function private.numbers_not_to_text(uuid) to service_role;

-- Why an account must not text a number: of several reasons the one that weighs most; null if it may. Knows erased numbers
-- too. Changes nothing.
create function private.suppression_of(phone text, user_id uuid) returns text
-- Not in SQL, which would be planned anew with each call.
language plpgsql stable security definer
set search_path = ''
as $$
declare
  reasons text[] := array(
    select n.reason from private.numbers_not_to_text(suppression_of.user_id) n where n.phone = suppression_of.phone
  );
  hash bytea;
begin
  if exists (select from private.erased_numbers) then
    hash := private.phone_hash(phone);
    reasons := reasons || array(
      select s ->> 'reason'
      from private.erased_numbers e cross join jsonb_array_elements(e.suppressions) s
      where e.phone_hash = hash
        and (s ->> 'user_id' is null or s ->> 'user_id' = suppression_of.user_id::text)
    );
  end if;
  if reasons = '{}' then
    return null;
  end if;
  return (
    select w.reason
    from unnest(array[
      'opted_out', 'complaint', 'declined', 'likely_revoked', 'listed', 'manual', 'unreachable', 'invalid_number'
    ]) with ordinality w (reason, weight)
    where w.reason = any (reasons)
    order by w.weight
    limit 1
  );
end
$$;

-- Whether the account may text this number now. For single texts, such as tests and replies; a launch and a claim ask
-- private.numbers_not_to_text for all of theirs.
create function private.may_text(phone text, user_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return private.suppression_of(may_text.phone, may_text.user_id) is null;
end
$$;
grant execute on function private.suppression_of(text, uuid), private.may_text(text, uuid) to service_role;

-- Suppresses a number, for one account or (null) for all, and returns the entry's id; null if it is suppressed so
-- already. Side effect: a row in private.suppressions; the customer becomes inactive with the next apply_suppressions.
create function private.suppress(phone text, user_id uuid, reason text, source text, evidence jsonb default null) returns uuid
language sql volatile security definer
set search_path = ''
as $$
  insert into private.suppressions (phone, user_id, reason, source, evidence)
  values (suppress.phone, suppress.user_id, suppress.reason, suppress.source, suppress.evidence)
  on conflict do nothing
  returning id
$$;

-- Lifts a number's suppressions for one of `reasons`: those of the account, or, if it is null, those for all accounts.
-- `source` is start, person or import; START lifts only opt-outs that STOP or Twilio set, whatever `reasons` says. Returns
-- how many were lifted. Side effects: rows in private.suppression_lifts; the customer becomes active again with the next
-- apply_suppressions, if it was inactive for this and nothing else holds.
create function private.lift_suppressions(
  phone text, user_id uuid, reasons text[], source text, why text, lifted_by uuid default null
) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  entries uuid[];
begin
  perform private.restore_erased_suppressions(array[phone]);
  entries := array(
    select s.id from private.suppressions s
    where s.phone = lift_suppressions.phone and s.user_id is not distinct from lift_suppressions.user_id
      and s.lifted_at is null and s.reason = any (reasons)
      and (lift_suppressions.source <> 'start' or (s.reason = 'opted_out' and s.source in ('stop', 'twilio')))
    order by s.id
    for update
  );
  return private.lift_entries(entries, source, why, lifted_by);
end
$$;

-- Lifts these entries; see private.lift_suppressions.
create function private.lift_entries(entries uuid[], source text, why text, lifted_by uuid) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  lifted integer;
begin
  insert into private.suppression_lifts (suppression_id, lifted_by, source, why)
  select s.id, lift_entries.lifted_by, lift_entries.source, lift_entries.why
  from private.suppressions s
  where s.id = any (entries) and s.lifted_at is null;
  update private.suppressions s
  set lifted_at = l.lifted_at, lifted_by = l.lifted_by, applied = false
  from private.suppression_lifts l
  where s.id = any (entries) and s.lifted_at is null and l.suppression_id = s.id;
  get diagnostics lifted = row_count;
  return lifted;
end
$$;
grant execute on function
  private.suppress(text, uuid, text, text, jsonb),
  private.lift_suppressions(text, uuid, text[], text, text, uuid)
  to service_role;
