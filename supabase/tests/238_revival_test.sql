-- What may revive a suppressed number, and what may not: each way by which a number comes to be suppressed, with each thing
-- that somebody then tries.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

-- `a` has the customer and `b` is another account; `c` is an admin.
select pg_temp.make_owner('a', 2), pg_temp.make_owner('b', 1), pg_temp.make_owner('c', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');

create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  if who is not null then
    perform set_config('request.jwt.claims',
      format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
    set local role authenticated;
  end if;
end
$$;
-- The number that it is about, and two others.
create function pg_temp.p() returns text language sql as $$ select pg_temp.phone('a', 1) $$;
create function pg_temp.other() returns text language sql as $$ select pg_temp.phone('a', 2) $$;
create function pg_temp.free() returns text language sql as $$ select '+14158880000' $$;

create function pg_temp.suppress(cause text) returns void language plpgsql as $$
begin
  case cause
    when 'STOP' then perform private.suppress(pg_temp.p(), null, 'opted_out', 'stop');
    when '21610' then perform private.suppress(pg_temp.p(), null, 'opted_out', 'twilio');
    when 'opted_out by an admin' then
      perform pg_temp.become('c');
      perform public.suppress_number(pg_temp.p(), 'opted_out', 'called us');
    when 'invalid_number' then perform private.suppress(pg_temp.p(), null, 'invalid_number', 'twilio');
    when 'unreachable' then perform private.suppress(pg_temp.p(), null, 'unreachable', 'twilio');
    when 'complaint' then perform private.suppress(pg_temp.p(), null, 'complaint', 'twilio');
    when 'declined' then perform private.suppress(pg_temp.p(), pg_temp.owner('a'), 'declined', 'import');
    when 'likely_revoked' then perform private.suppress(pg_temp.p(), pg_temp.owner('a'), 'likely_revoked', 'words');
    when 'manual' then
      perform pg_temp.become('a');
      perform public.suppress_number(pg_temp.p(), 'manual');
    when 'listed' then
      perform pg_temp.become('a');
      perform public.suppress_numbers(array[pg_temp.p()]);
    when 'revoked' then
      perform pg_temp.become('a');
      perform public.record_customer_consent((select c.id from public.customers c where c.phone = pg_temp.p()), 'revoked');
    when 'STOP, then erased' then
      perform private.suppress(pg_temp.p(), null, 'opted_out', 'stop');
      perform private.erase_person(pg_temp.p(), 'she asked', pg_temp.owner('c'));
    when 'listed, then erased' then
      perform private.suppress(pg_temp.p(), pg_temp.owner('a'), 'listed', 'list');
      perform private.erase_person(pg_temp.p(), 'she asked', pg_temp.owner('c'));
  end case;
  reset role;
  perform private.apply_suppressions();
end
$$;

-- An import that completed: the customer of the number is new, or was changed.
create function pg_temp.import(changed boolean) returns uuid language plpgsql as $$
declare
  this uuid := gen_random_uuid();
  customer uuid := (select c.id from public.customers c where c.phone = pg_temp.p());
begin
  insert into public.customer_imports (id, user_id, status, phase) values (this, pg_temp.owner('a'), 'completed', 'done');
  if changed then
    insert into private.customer_import_changes (import_id, customer_id, before, after)
    values (this, customer, '{"status": "active", "first_name": "Ann", "tags": []}', '{"status": "inactive", "first_name": "Bea"}');
    insert into private.customer_import_ids (import_id, first_id, last_id) values (this, gen_random_uuid(), '00000000-0000-0000-0000-000000000000');
  else
    insert into private.customer_import_ids (import_id, first_id, last_id) values (this, customer, customer);
  end if;
  return this;
end
$$;

-- Tries to lift every suppression of the number.
create function pg_temp.lift_all_as(who text) returns void language plpgsql as $$
declare
  entry uuid;
begin
  for entry in select s.id from private.suppressions s where s.phone = pg_temp.p() and s.lifted_at is null loop
    begin
      perform pg_temp.become(who);
      perform public.lift_suppression(entry, 'A long story that says why this is right');
    exception when sqlstate 'PT403' or sqlstate 'PT404' then null;
    end;
    reset role;
  end loop;
end
$$;

create function pg_temp.attempt(try text) returns void language plpgsql as $$
declare
  import uuid;
begin
  case try
    when 'delete and insert' then
      perform pg_temp.become('a');
      delete from public.customers where phone = pg_temp.p();
      insert into public.customers (phone, status) values (pg_temp.p(), 'active');
    when 'delete and create' then
      perform pg_temp.become('a');
      delete from public.customers where phone = pg_temp.p();
      perform public.create_customer(json_build_object('phone', pg_temp.p(), 'status', 'active')::jsonb);
    when 'upsert' then
      perform pg_temp.become('a');
      insert into public.customers (phone, status) values (pg_temp.p(), 'active')
      on conflict (phone) do update set phone = excluded.phone, status = excluded.status;
    when 'delete and upsert' then
      perform pg_temp.become('a');
      delete from public.customers where phone = pg_temp.p();
      insert into public.customers (phone, status) values (pg_temp.p(), 'active')
      on conflict (phone) do update set phone = excluded.phone, status = excluded.status;
    when 'patch status' then
      perform pg_temp.become('a');
      begin
        update public.customers set status = 'active' where phone = pg_temp.p();
        raise exception 'the status was set';
      exception when sqlstate 'PT409' then null;
      end;
    when 'patch status by an admin' then
      perform pg_temp.become('c');
      begin
        update public.customers set status = 'active' where phone = pg_temp.p();
        raise exception 'the status was set';
      exception when sqlstate 'PT409' then null;
      end;
    when 'patch to inactive' then
      perform pg_temp.become('a');
      update public.customers set status = 'inactive' where phone = pg_temp.p();
    when 'patch phone away and back' then
      perform pg_temp.become('a');
      update public.customers set phone = pg_temp.free() where phone = pg_temp.p();
      update public.customers set phone = pg_temp.p() where phone = pg_temp.free();
    when 'patch phone away, active, back' then
      perform pg_temp.become('a');
      update public.customers set phone = pg_temp.free() where phone = pg_temp.p();
      update public.customers set status = 'active' where phone = pg_temp.free();
      update public.customers set phone = pg_temp.p() where phone = pg_temp.free();
    when 'merge' then
      perform pg_temp.become('a');
      delete from public.customers where phone = pg_temp.p();
      update public.customers set phone = pg_temp.p() where phone = pg_temp.other();
    when 'merge with status' then
      perform pg_temp.become('a');
      delete from public.customers where phone = pg_temp.p();
      update public.customers set phone = pg_temp.p(), status = 'active' where phone = pg_temp.other();
    when 'undo of an import that changed it' then
      import := pg_temp.import(true);
      perform pg_temp.become('a');
      perform public.undo_customer_import(import);
    when 'undo of an import that made it' then
      import := pg_temp.import(false);
      perform pg_temp.become('a');
      perform public.undo_customer_import(import);
      insert into public.customers (phone) values (pg_temp.p()) on conflict (phone) do nothing;
    when 'insert by an import''s way' then
      -- Without triggers, as services/shared/rows-as-service/src/imports does it.
      delete from public.customers where phone = pg_temp.p();
      perform private.restore_erased_suppressions(array[pg_temp.p()]);
      set local session_replication_role = replica;
      insert into public.customers (user_id, phone, status, inactive_reason)
      select pg_temp.owner('a'), pg_temp.p(), case when n.reason is null then 'active' else 'inactive' end, n.reason
      from (select 1) one
      left join private.numbers_not_to_text(pg_temp.owner('a')) n on n.phone = pg_temp.p();
      set local session_replication_role = origin;
    when 'START' then
      perform private.lift_suppressions(pg_temp.p(), null, '{opted_out}', 'start', 'START');
    when 'START, all reasons' then
      perform private.lift_suppressions(pg_temp.p(), account, enum, 'start', 'START')
      from unnest(array[null, pg_temp.owner('a')]) account,
        (values ('{opted_out,invalid_number,unreachable,complaint,declined,manual,listed,likely_revoked}'::text[])) e (enum);
    when 'lift by its owner' then perform pg_temp.lift_all_as('a');
    when 'lift by another owner' then perform pg_temp.lift_all_as('b');
    when 'lift by an admin' then perform pg_temp.lift_all_as('c');
    when 'given consent' then
      perform private.record_consents(pg_temp.owner('a'), null, array[row(pg_temp.p(), 'given', null, 'api', null)::private.new_consent]);
  end case;
  reset role;
  perform private.apply_suppressions();
end
$$;

-- One cell: `-`: the number must not be texted, and its customer is inactive for the reason; `A`: it may be texted, and its
-- customer is active; otherwise what is odd. Leaves no trace.
create function pg_temp.cell(cause text, try text, reason text) returns text language plpgsql as $$
declare
  may boolean;
  customer public.customers;
  answer text;
begin
  begin
    perform pg_temp.suppress(cause);
    if cause like '%erased' and try not like 'delete%' and try not like 'merge%' and try not like 'insert%' then
      insert into public.customers (user_id, phone) values (pg_temp.owner('a'), pg_temp.p());
    end if;
    perform pg_temp.attempt(try);
    may := private.may_text(pg_temp.p(), pg_temp.owner('a'));
    if may <> (pg_temp.p() not in (select n.phone from private.numbers_not_to_text(pg_temp.owner('a')) n)) then
      answer := 'may_text and numbers_not_to_text differ';
    end if;
    select * into customer from public.customers c where c.phone = pg_temp.p();
    answer := coalesce(answer, case
      when may and customer.status = 'active' and customer.inactive_reason is null then 'A'
      when not may and customer.status = 'inactive' and customer.inactive_reason is not distinct from cell.reason then '-'
      else concat_ws(' ', may, customer.status, customer.inactive_reason)
    end);
    raise exception using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return answer;
end
$$;

create temp table causes (cause text, reason text, lifts text);
insert into causes values
  -- `lifts`: START, START for all reasons, lift by its owner, by another owner, by an admin.
  ('STOP',                  'opted_out',      'A A - - A'),
  ('21610',                 'opted_out',      'A A - - A'),
  ('opted_out by an admin', 'opted_out',      '- - - - A'),
  ('invalid_number',        'invalid_number', '- - - - A'),
  ('unreachable',           'unreachable',    '- - - - A'),
  ('complaint',             'complaint',      '- - - - A'),
  ('declined',              'declined',       '- - A - A'),
  ('manual',                'manual',         '- - A - A'),
  ('listed',                'listed',         '- - A - A'),
  ('revoked',               'manual',         '- - A - A'),
  ('likely_revoked',        'likely_revoked', '- - A - A'),
  ('STOP, then erased',     'opted_out',      'A A - - A'),
  ('listed, then erased',   'listed',         '- - A - A');
create temp table tries (try text, lift integer);
insert into tries values
  ('delete and insert', null), ('delete and create', null), ('upsert', null), ('delete and upsert', null),
  ('patch status', null), ('patch status by an admin', null), ('patch to inactive', null), ('patch phone away and back', null),
  ('patch phone away, active, back', null), ('merge', null), ('merge with status', null),
  ('undo of an import that changed it', null), ('undo of an import that made it', null), ('insert by an import''s way', null),
  ('given consent', null),
  ('START', 1), ('START, all reasons', 2), ('lift by its owner', 3), ('lift by another owner', 4), ('lift by an admin', 5);
grant execute on all functions in schema pg_temp to authenticated;

-- Nobody but a lift revives a number.
select is(
  pg_temp.cell(c.cause, t.try, c.reason),
  case when t.lift is null then '-' else split_part(c.lifts, ' ', t.lift) end,
  format('%s: %s', c.cause, t.try)
)
from causes c cross join tries t;

-- The customer on another number that may be texted: who did not want texts stays inactive until somebody says otherwise,
-- and where only the number was wrong, the customer is active.
create function pg_temp.moved(cause text) returns text language plpgsql as $$
declare
  answer text;
begin
  begin
    perform pg_temp.suppress(cause);
    perform pg_temp.become('a');
    update public.customers set phone = pg_temp.free() where phone = pg_temp.p();
    select concat_ws(' ', c.status, c.inactive_reason) into answer from public.customers c where c.phone = pg_temp.free();
    update public.customers set status = 'active' where phone = pg_temp.free();
    answer := answer || ', ' || (select concat_ws(' ', c.status, c.inactive_reason) from public.customers c where c.phone = pg_temp.free());
    reset role;
    raise exception using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return answer;
end
$$;
select is(
  pg_temp.moved(c.cause),
  case when c.reason in ('invalid_number', 'unreachable') then 'active, active' else format('inactive %s, active', c.reason) end,
  c.cause || ': the customer gets another number'
)
from causes c where c.cause not like '%erased';

-- Nor does the bin revive who did not want texts.
create function pg_temp.moved_and_restored(cause text) returns text language plpgsql as $$
declare
  gone uuid;
  answer text;
begin
  begin
    perform pg_temp.suppress(cause);
    perform pg_temp.become('a');
    update public.customers set phone = pg_temp.free() where phone = pg_temp.p();
    delete from public.customers where phone = pg_temp.free() returning id into gone;
    perform public.restore_customers(array[gone]);
    reset role;
    select concat_ws(' ', c.status, c.inactive_reason) into answer from public.customers c where c.phone = pg_temp.free();
    raise exception using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return answer;
end
$$;
select is(
  pg_temp.moved_and_restored(c.cause),
  case when c.reason in ('invalid_number', 'unreachable') then 'active' else format('inactive %s', c.reason) end,
  c.cause || ': the customer gets another number, is deleted and restored'
)
from causes c where c.cause not like '%erased';

-- What another account's customer is on the number that its first owner has let go.
create function pg_temp.elsewhere(cause text) returns text language plpgsql as $$
declare
  answer text;
begin
  begin
    perform pg_temp.suppress(cause);
    delete from public.customers where phone = pg_temp.p();
    perform pg_temp.become('b');
    insert into public.customers (phone) values (pg_temp.p());
    reset role;
    select concat_ws(' ', private.may_text(c.phone, c.user_id), c.status, c.inactive_reason) into answer
    from public.customers c where c.phone = pg_temp.p();
    raise exception using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return answer;
end
$$;
select is(
  pg_temp.elsewhere(c.cause),
  case when c.reason in ('declined', 'manual', 'listed', 'likely_revoked') then 't active' else format('f inactive %s', c.reason) end,
  c.cause || ': another account has the number'
)
from causes c;

-- Two reasons: one lift is not enough.
select is(pg_temp.cell('STOP', 'START', 'opted_out'), 'A', 'STOP, START');
select private.suppress(pg_temp.p(), pg_temp.owner('a'), 'manual', 'person');
select is(pg_temp.cell('STOP', 'START', 'manual'), '-', 'STOP, START: not what its owner has said besides');

select * from finish();
rollback;
