-- Consents that came with imports, on their way into the ledger, and what a suppression does that came during an import.

-- An import writes its consents here in its transaction, and private.record_import_consents takes them from here right
-- after it, in small transactions: whoever appends to the ledger locks the numbers' chains, and a STOP must not wait for a
-- million rows. Empty while no import has just been saved. No triggers.
create table private.customer_import_consents (
  import_id uuid not null references public.customer_imports (id) on delete cascade,
  phone text not null,
  row integer not null,
  action text not null check (action in ('given', 'revoked')),
  happened_at timestamp with time zone,
  said jsonb,
  primary key (import_id, phone)
);
comment on column private.customer_import_consents.said is
  'the file''s words: {"column", "words", "at", "at_words", "source"}; or {"stated", "source", "at"} for a whole file';
-- For private.erase_person.
create index customer_import_consents_phone_idx on private.customer_import_consents (phone);
grant select, insert, delete on private.customer_import_consents to service_role;

-- Records up to `at_most` waiting consents of one import, or of any (null), and returns how many it took; 0 when none
-- waits. What the same account's files have said before in the same words, and nobody has contradicted since, is not
-- recorded again. Side effects: rows of private.consent_events and private.consent_heads; those taken are deleted.
create function private.record_import_consents(import_id uuid default null, at_most integer default 10000) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  import public.customer_imports;
  consents private.new_consent[];
  taken integer;
begin
  select i.* into import from public.customer_imports i
  where i.id = (
    select q.import_id from private.customer_import_consents q
    where record_import_consents.import_id is null or q.import_id = record_import_consents.import_id
    order by q.import_id, q.phone
    limit 1
    for update skip locked
  );
  if not found then
    return 0;
  end if;
  with taken as (
    delete from private.customer_import_consents q
    where (q.import_id, q.phone) in (
      select w.import_id, w.phone from private.customer_import_consents w
      where w.import_id = import.id
      order by w.phone
      limit least(at_most, 10000)
      for update skip locked
    )
    returning q.phone, q.row, q.action, q.happened_at, q.said
  )
  select count(*), array_agg(
    (
      t.phone, t.action, t.happened_at, 'import',
      coalesce(t.said, '{}') || jsonb_strip_nulls(jsonb_build_object(
        'import_id', import.id, 'file_name', import.file_name, 'row', t.row
      ))
    )::private.new_consent
    order by t.phone
  ) filter (
    where not exists (
      select from private.consent_events e
      where e.phone = t.phone and e.user_id = import.user_id and e.source = 'import' and e.action = t.action
        and e.evidence - array['import_id', 'file_name', 'row'] = coalesce(t.said, '{}')
        and not exists (
          select from private.consent_events o
          where o.phone = t.phone and (o.user_id is null or o.user_id = import.user_id)
            and o.action <> e.action and o.sequence > e.sequence
        )
    )
  )
  into taken, consents
  from taken t;
  perform private.record_consents(import.user_id, import.user_id, consents);
  return taken;
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
  private.record_import_consents(uuid, integer), private.suppress_imported_customers(uuid)
  to service_role;
