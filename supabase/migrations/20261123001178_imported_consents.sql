-- Consents that came with imports, on their way into the ledger, and what a suppression does that came during an import.

-- An import writes its consents here in its transaction, up to 10,000 in each row, and private.record_import_consents
-- takes them from here right after it, in transactions of their own: whoever appends to the ledger locks the numbers'
-- chains, and a STOP must not wait for a million rows. Empty while no import has just been saved. No triggers.
create table private.customer_import_consents (
  import_id uuid not null references public.customer_imports (id) on delete cascade,
  part integer not null,
  consents private.new_consent[] not null,
  primary key (import_id, part)
);
alter table private.customer_import_consents enable row level security;
grant select, insert, delete on private.customer_import_consents to service_role;

-- Records the next waiting consents of one import, or of any (null), and returns how many parts still wait. What the same
-- account's files have said before in the same words, and nobody has contradicted since, is not recorded again. Side
-- effects: rows of private.consent_events and private.consent_heads; the part that was taken is deleted. Planned anew each
-- time, because the ledger grows so fast meanwhile.
create function private.record_import_consents(import_id uuid default null) returns integer
language plpgsql volatile security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  taken private.customer_import_consents;
  owner_id uuid;
  news private.new_consent[];
begin
  select q.* into taken from private.customer_import_consents q
  where record_import_consents.import_id is null or q.import_id = record_import_consents.import_id
  order by q.import_id, q.part
  limit 1
  for update;
  if found then
    select i.user_id into owner_id from public.customer_imports i where i.id = taken.import_id;
    -- With a limit it is looked up number by number: any other plan reads the whole ledger for each part.
    news := array(
      select n::private.new_consent
      from unnest(taken.consents) n
      left join lateral (
        select true as already
        from private.consent_events e
        where e.phone = n.phone and e.user_id = owner_id and e.source = 'import' and e.action = n.action
          and e.evidence - array['import_id', 'file_name', 'row'] = n.evidence - array['import_id', 'file_name', 'row']
          and not exists (
            select from private.consent_events o
            where o.phone = n.phone and (o.user_id is null or o.user_id = owner_id)
              and o.action <> e.action and o.sequence > e.sequence
          )
        limit 1
      ) known on true
      where known.already is null
    );
    perform private.record_consents(owner_id, owner_id, news);
    delete from private.customer_import_consents q where q.import_id = taken.import_id and q.part = taken.part;
  end if;
  return (
    select count(*) from private.customer_import_consents q
    where record_import_consents.import_id is null or q.import_id = record_import_consents.import_id
  );
end
$$;

-- Makes customers inactive whose number was suppressed while their import was being saved, and returns how many
-- suppressions there were: the import may not have seen them, nor they its customers. Side effects: rows of customers.
create function private.suppress_imported_customers(import_id uuid) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  import public.customer_imports;
  entries uuid[];
begin
  select i.* into import from public.customer_imports i where i.id = suppress_imported_customers.import_id;
  entries := array(
    select s.id
    from private.suppressions s
    join public.customers c on c.phone = s.phone and c.user_id = import.user_id and c.status is distinct from 'inactive'
    -- Ids begin with the milliseconds of their time.
    where s.id >= (
        lpad(to_hex((extract(epoch from import.created_at - interval '1 minute') * 1000)::bigint), 12, '0')
        || '00000000000000000000'
      )::uuid
      and s.lifted_at is null and (s.user_id is null or s.user_id = import.user_id)
  );
  if cardinality(entries) = 0 then
    return 0;
  end if;
  update private.suppressions s set applied = false where s.id = any (entries) and s.applied;
  return private.apply_these_suppressions(entries);
end
$$;

grant execute on function
  private.record_import_consents(uuid), private.suppress_imported_customers(uuid)
  to service_role;
