-- What suppressions do to customers: `status` and `inactive_reason` follow them, so that people see who can't be texted, and
-- nobody makes a customer active whose number is suppressed. Whom to text is not decided by this, but by
-- private.numbers_not_to_text.

-- A customer comes with a number that is suppressed, or was when it was erased: inactive from the start, and says why. One
-- that is inactive anyway stays so by hand, without a reason: lifting the suppression must not make it active.
-- Cheap, because it runs for each row: two look-ups in indexes.
create function private.suppress_new_customers() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  some_are_erased boolean;
  is_suppressed boolean;
begin
  -- One query, because each has its price.
  select exists (select from private.erased_numbers),
    exists (select from private.numbers_not_to_text(new.user_id) n where n.phone = new.phone)
  into some_are_erased, is_suppressed;
  if some_are_erased then
    is_suppressed := private.restore_erased_suppressions(array[new.phone]) > 0 or is_suppressed;
  end if;
  if new.status is distinct from 'inactive' then
    new.inactive_reason := case when is_suppressed then private.suppression_of(new.phone, new.user_id) end;
    if new.inactive_reason is not null then
      new.status := 'inactive';
    end if;
  end if;
  return new;
end
$$;
-- Its name comes after own_new_row, which sets user_id.
create trigger suppress_new_customers before insert on public.customers
  for each row execute function private.suppress_new_customers();

-- A customer's number, owner or status changes.
--   To a number that is suppressed: inactive, with the reason.
--   From a number that is suppressed to one that isn't: who did not want texts stays inactive, and somebody may make them
--     active; where only the number was wrong (invalid_number, unreachable), the new one is active.
--   To active on a number that is suppressed: raises PT409 `phone_suppressed`. Services that set inactive_reason as well are
--     not refused; the customer stays inactive.
create function private.suppress_changed_customers() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  moved constant boolean := (new.phone, new.user_id) is distinct from (old.phone, old.user_id);
  says_why constant boolean := new.inactive_reason is distinct from old.inactive_reason;
  suppressed_for text;
begin
  if moved then
    perform private.restore_erased_suppressions(array[new.phone]);
  end if;
  suppressed_for := private.suppression_of(new.phone, new.user_id);

  if suppressed_for is null then
    if new.status is distinct from 'inactive' then
      new.inactive_reason := null;
    elsif moved and not says_why and old.status = 'inactive' and old.inactive_reason in ('invalid_number', 'unreachable') then
      new.status := 'active';
      new.inactive_reason := null;
    end if;
  elsif new.status is distinct from 'inactive' then
    if old.status = 'inactive' and not says_why then
      raise exception using errcode = 'PT409', message = 'phone_suppressed',
        detail = format('This customer''s number must not be texted (%s), so the customer stays inactive.', suppressed_for),
        hint = 'Lift the suppression first, where you may; an opt-out ends when its holder texts START.';
    end if;
    new.status := 'inactive';
    new.inactive_reason := suppressed_for;
  elsif not says_why and (old.status is distinct from 'inactive' or (moved and old.inactive_reason is not null)) then
    new.inactive_reason := suppressed_for;
  end if;
  return new;
end
$$;
create trigger suppress_changed_customers before update on public.customers
  for each row when ((new.phone, new.user_id, new.status) is distinct from (old.phone, old.user_id, old.status))
  execute function private.suppress_changed_customers();

-- Brings the customers of these entries in line: inactive with the reason while one holds; active again when none holds any
-- more and they were inactive for one that was lifted. Rows that somebody else has locked are left alone, and their
-- entries stay not applied. Returns how many entries were dealt with.
create function private.apply_these_suppressions(entries uuid[]) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  dealt_with integer;
begin
  with entry as materialized (
    select s.id, s.phone, s.user_id, s.reason, s.lifted_at from private.suppressions s
    where s.id = any (entries) and not s.applied
  ),
  known as materialized (
    select c.id, c.phone, c.status, c.inactive_reason, private.suppression_of(c.phone, c.user_id) as suppressed_for,
      bool_or(e.lifted_at is not null and c.inactive_reason = e.reason) as was_for_it
    from entry e join public.customers c on c.phone = e.phone
    where e.user_id is null or e.user_id = c.user_id
    group by c.id, c.phone, c.status, c.inactive_reason, c.user_id
  ),
  wanted as materialized (
    select k.id, k.phone, case when k.suppressed_for is null then 'active' else 'inactive' end as status, k.suppressed_for
    from known k
    where case
      when k.suppressed_for is null then k.status = 'inactive' and k.was_for_it
      else k.status is distinct from 'inactive' or k.was_for_it and k.inactive_reason <> k.suppressed_for
    end
  ),
  free as (
    select c.id from public.customers c
    where c.id = any (array(select w.id from wanted w))
    order by c.id
    for no key update skip locked
  ),
  changed as (
    update public.customers c set status = w.status, inactive_reason = w.suppressed_for
    from wanted w
    where c.id = w.id and c.id = any (array(select f.id from free f))
    returning c.id
  )
  update private.suppressions s set applied = true
  where s.id = any (entries) and not s.applied
    and s.phone not in (select w.phone from wanted w where w.id not in (select h.id from changed h));
  get diagnostics dealt_with = row_count;
  return dealt_with;
end
$$;

-- When somebody last looked again at the entries of the last hours. One row; no triggers.
create table private.suppression_looks (
  only_row boolean primary key default true check (only_row),
  looked_at timestamp with time zone not null default '-infinity'
);
alter table private.suppression_looks enable row level security;
insert into private.suppression_looks default values;

-- Marks entries of the last three hours as not applied whose customer is active all the same, at most once a minute. A
-- customer that was being written while its number was suppressed did not see the entry, nor the entry it; an import takes
-- minutes. (It was not texted: that is not decided by its status.)
create function private.look_again_at_suppressions() returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  -- Ids ascend with time.
  first_id constant uuid := (
    lpad(to_hex((extract(epoch from now() - interval '3 hours') * 1000)::bigint), 12, '0') || '00000000000000000000'
  )::uuid;
begin
  update private.suppression_looks l set looked_at = now()
  where l.only_row in (
    select d.only_row from private.suppression_looks d where d.looked_at < now() - interval '1 minute' for update skip locked
  );
  if found then
    update private.suppressions s set applied = false
    where s.id = any (array(
      select e.id from private.suppressions e
      where e.id > first_id and e.applied and e.lifted_at is null and exists (
        select from public.customers c
        where c.phone = e.phone and (e.user_id is null or e.user_id = c.user_id) and c.status is distinct from 'inactive'
      )
      order by e.id
      for no key update skip locked
    ));
  end if;
end
$$;

-- Lets customers follow new and lifted suppressions: inactive, or active again. Workers call it every few seconds. Entries
-- and customers that somebody else has locked wait for the next call. Returns how many entries were dealt with.
create function private.apply_suppressions(at_most integer default 500) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.look_again_at_suppressions();
  return private.apply_these_suppressions(array(
    select s.id from private.suppressions s
    where not s.applied
    order by s.id
    limit at_most
    for no key update skip locked
  ));
end
$$;
grant execute on function private.apply_suppressions(integer) to service_role;
