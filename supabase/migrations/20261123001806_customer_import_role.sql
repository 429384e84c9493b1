-- What the process `customer-import` may do: see 20261123001800_process_roles.sql. It copies a file into a temporary table of
-- its own, which every role may make unless an operator has revoked that, and writes from there, whole sets at once. Its
-- policies are constants, which cost a row nothing.

-- Ends the work of triggers for what this transaction does next, those behind foreign keys included, and locks the owner
-- of the customers to come as the foreign key would. Returns whether it could: a hosted project lets `postgres`, who
-- calls it by this. What stands in for the triggers: see 20261123000700_customers.sql. Raises a foreign key violation for
-- an owner who is gone. Side effect: session_replication_role, until the end of the transaction or heed_triggers().
create function private.skip_triggers(owner uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform from public.user_profiles p where p.id = owner for key share;
  if not found then
    raise foreign_key_violation using message = 'the owner of the customers is gone';
  end if;
  set local session_replication_role = replica;
  return true;
exception
  when insufficient_privilege then return false;
end
$$;
-- Lets triggers work again. Side effect: see above.
create function private.heed_triggers() returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  set local session_replication_role = origin;
end
$$;
grant execute on function private.skip_triggers(uuid), private.heed_triggers() to service_role;

grant select (id, user_id, role, status) on public.user_profiles to dnwerks_customer_import;
grant
  select,
  insert (id, user_id, phone, first_name, last_name, email, state, status, tags, attributes, inactive_reason),
  update (first_name, last_name, email, state, status, tags, attributes, updated_at)
  on public.customers to dnwerks_customer_import;
grant
  select,
  insert (id, user_id, dry_run, file_name, file_bytes),
  update (
    status, phase, bytes_read, rows_read, updated_at, failure_code, failure_detail, finished_at, file_hash, total_rows, inserted,
    updated, unchanged, duplicates, rejected, rejected_by_code, header, columns, consented, declined, suppressed, same_file_as,
    rejects_kept
  )
  on public.customer_imports to dnwerks_customer_import;
grant select (import_id), insert on public.customer_import_rejects to dnwerks_customer_import;
-- What an undo, the search and the ledger of consent need of it.
grant select, insert, update (first_id, last_id) on private.customer_import_ids to dnwerks_customer_import;
grant insert on private.customer_import_changes, private.customer_import_consents, private.customer_search_backlog
  to dnwerks_customer_import;
-- Who must not be texted.
grant select (erased_at) on private.erased_numbers to dnwerks_customer_import;
grant select (phone, user_id, reason, lifted_at), insert (phone, user_id, reason, source, evidence, applied)
  on private.suppressions to dnwerks_customer_import;
grant execute on function
  private.attributes_are_valid(jsonb),
  private.attributes_as_texts(jsonb),
  private.begin_phone_lookups(uuid, text[], interval, integer),
  private.cells_of_staged(jsonb, text[]),
  private.clock(),
  private.count_import_refusals(uuid, bigint),
  private.customer_search_text(text, text, text, text),
  private.expire_deleted_customers(interval, integer),
  private.expire_import_rejects(interval),
  private.fail_interrupted_imports(interval),
  private.give_back_phone_lookups(uuid, integer),
  private.has_invisible(text),
  private.heed_triggers(),
  private.index_customers(integer, integer),
  private.keep_phone_refusals(),
  private.lacks_second_factor(text),
  private.numbers_not_to_text(uuid),
  private.read_state(text),
  private.record_import_consents(uuid),
  private.record_phone_lookups(uuid, jsonb),
  private.restore_erased_suppressions(text[]),
  private.session_is_live(uuid, uuid),
  private.skip_triggers(uuid),
  private.suppress_imported_customers(uuid),
  private.tags_are_valid(text[]),
  private.uuid_v7(),
  private.visible(text),
  private.with_tags(text[], text[])
  to dnwerks_customer_import;

do $$
declare
  place regclass;
begin
  foreach place in array array[
    'public.user_profiles', 'public.customers', 'public.customer_imports', 'public.customer_import_rejects',
    'private.customer_import_ids', 'private.customer_import_changes', 'private.customer_import_consents',
    'private.customer_search_backlog', 'private.erased_numbers', 'private.suppressions'
  ]::regclass[] loop
    execute format(
      'create policy customer_import_works on %s to dnwerks_customer_import using (true) with check (true)', place
    );
  end loop;
end
$$;
