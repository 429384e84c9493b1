-- Every text, list and object has a length. Made from the catalogue: each column's checks are asked about values that are
-- far too long, and then people try to write them. How long each may be at most stands in 109.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

-- A megabyte of each kind, in the forms that a check may look for. Not compressed, as what comes from people isn't.
create temp table probe_text (n serial, value text);
create temp table probe_list (n serial, value text[]);
create temp table probe_json (n serial, value jsonb);
alter table probe_text alter column value set storage external;
alter table probe_list alter column value set storage external;
alter table probe_json alter column value set storage external;
insert into probe_text (value) values
  (repeat('a', 1100000)), (repeat('A', 1100000)), (repeat('1', 1100000)), ('+1' || repeat('5', 1100000)), (repeat('a b ', 300000)),
  (repeat('a.', 600000) || '@b.example'), ('Hi {{ first_name }}' || repeat('😀', 300000));
insert into probe_list (value) values
  (array[repeat('a', 1100000)]), (array_fill('a'::text, array[100000])), (array_fill('US'::text, array[100000])),
  ((select array_agg(i::text) from generate_series(1, 100000) i));
insert into probe_json (value) values
  (to_jsonb(repeat('a', 1100000))),
  (jsonb_build_object('a', repeat('a', 1100000))),
  (jsonb_build_object(repeat('a', 1100000), 1)),
  ((select jsonb_object_agg(i, repeat('1', 100000)::numeric) from generate_series(1, 40) i)),
  ((select jsonb_object_agg(i, i) from generate_series(1, 80000) i)),
  ((select jsonb_agg('CA'::text) from generate_series(1, 200000) i)),
  ((select jsonb_build_object('states', jsonb_agg('CA'::text)) from generate_series(1, 200000) i)),
  ((select jsonb_build_object('tags', jsonb_agg(i::text)) from generate_series(1, 150000) i)),
  (jsonb_build_object('tags', jsonb_build_array(repeat('a', 1100000)))),
  ((select jsonb_build_object('customer_ids', jsonb_agg(gen_random_uuid())) from generate_series(1, 30000) i)),
  (jsonb_build_object('attributes', jsonb_build_object('a', repeat('a', 1100000)))),
  ((select jsonb_build_object('attributes', jsonb_object_agg(i, i)) from generate_series(1, 80000) i));
grant select on probe_text, probe_list, probe_json to authenticated;

create temp view long_columns as
select c.oid as table_id, n.nspname as schema, n.nspname || '.' || c.relname || '.' || t.attname as name, t.attnum, t.attname,
  format_type(t.atttypid, t.atttypmod) as type,
  case
    when y.typcategory = 'A' then case y.typelem when 'text'::regtype then 'list' else 'other list' end
    when t.atttypid in ('json'::regtype, 'jsonb'::regtype) then 'json'
    else 'text'
  end as kind
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute t on t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped
join pg_type y on y.oid = t.atttypid
where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relispartition
  and (y.typcategory in ('A', 'S') and t.atttypmod = -1 or t.atttypid in ('json'::regtype, 'jsonb'::regtype, 'xml'::regtype));

-- Whether the checks of a column refuse all values that are too long.
create function pg_temp.has_a_length(wanted long_columns) returns boolean language plpgsql as $$
declare
  refuses text := (
    select string_agg(format('(%s) is false', pg_get_expr(k.conbin, k.conrelid)), ' or ')
    from pg_constraint k
    where k.conrelid = wanted.table_id and k.contype = 'c' and k.conkey = array[wanted.attnum]
  );
  refused boolean;
begin
  if refuses is null then
    return false;
  end if;
  execute format(
    'select bool_and(coalesce(%s, false)) from (select p.value::%s as %I from %s p) v',
    refuses, wanted.type, wanted.attname,
    case wanted.kind
      when 'other list' then format('(select array_fill(null::%s, array[300000]) as value)', rtrim(wanted.type, '[]'))
      else 'probe_' || wanted.kind
    end
  ) into refused;
  return refused;
end
$$;

-- Those without a length of their own, and where their values come from.
create temp table listed as
select unnest(l.names) as name, l.reason
from (values
  ('operators write it, in migrations and by hand', array[
    'private.area_codes.country', 'private.area_codes.region', 'private.area_codes.zones',
    'private.default_templates.category', 'private.default_templates.message_body', 'private.default_templates.name',
    'private.frequency_caps.exceptions', 'private.frequency_caps.scope', 'private.frequency_caps.source',
    'private.number_plans.form', 'private.number_plans.premium', 'private.number_plans.shared_cost', 'private.number_plans.trunk_prefix',
    'private.quiet_hours.source', 'private.sending_switch.reason'
  ]),
  ('an answer from the settings', array['public.conversation_messages.answer']),
  ('a code, a word or a sentence of ours', array[
    'private.campaign_changes.reason', 'private.campaign_changes.status', 'private.campaign_outcomes.reason',
    'private.campaign_outcomes.status', 'private.mail_events.kind', 'private.mail_pause.reason', 'private.message_archive.reason',
    'private.message_archive.status', 'private.message_attempts.reason', 'private.message_tallies.reason', 'private.message_tallies.status', 'private.send_claims.quiet_group',
    'private.send_claims.worker', 'private.send_ranges.quiet_group', 'private.send_retries.quiet_group',
    'private.sender_days.kind', 'private.senders.hold_reason', 'private.waiting_consents.action', 'private.waiting_consents.source',
    'public.campaign_messages.reason', 'public.campaigns.failure_reason', 'public.campaigns.pause_reason',
    'public.customer_import_rejects.code', 'public.customer_import_rejects.detail', 'public.customer_imports.failure_code',
    'public.customer_imports.failure_detail'
  ]),
  ('counted by us, by reason or state', array[
    'private.message_tallies.state_counts', 'public.campaigns.judged_before', 'public.campaigns.skipped', 'public.customer_imports.rejected_by_code'
  ]),
  ('ids and positions of ours, so many at once', array[
    'private.awaited_callbacks.positions', 'private.customer_search_backlog.customer_ids', 'private.send_claims.not_found',
    'private.send_claims.positions'
  ]),
  ('made of columns that have a length', array[
    'private.campaign_states.state', 'private.message_archive.state', 'private.message_tallies.states',
    'private.customer_import_changes.after', 'private.customer_import_changes.before', 'private.customer_import_consents.consents',
    'private.customer_search.text', 'private.customer_search_backlog.texts', 'private.erased_numbers.suppressions', 'private.mail_suppression_lifts.address',
    'private.mail_suppression_lifts.reason', 'private.mail_suppressions.address', 'private.mails.contents',
    'private.message_archive.message_body', 'private.message_archive.phone_number', 'private.message_archive.twilio_sid',
    'private.waiting_consents.evidence', 'private.waiting_consents.phone',
    'public.deleted_customers.attributes', 'public.deleted_customers.email', 'public.deleted_customers.first_name',
    'public.deleted_customers.inactive_reason', 'public.deleted_customers.last_name', 'public.deleted_customers.phone',
    'public.deleted_customers.state', 'public.deleted_customers.status', 'public.deleted_customers.tags'
  ]),
  ('the same, and written once or twice for each text: a check would cost all of them', array[
    'public.campaign_messages.merge_values', 'public.campaign_messages.message_body', 'public.campaign_messages.phone_number',
    'public.campaign_messages.state'
  ]),
  ('Twilio''s or Resend''s words, which the services cut or take up to the size of a request', array[
    'private.list_reading.next_page',
    'private.mail_events.detail', 'private.mail_events.id', 'private.mail_events.provider_id', 'private.mail_events.type',
    'private.mail_suppressions.detail', 'private.mails.last_error', 'private.mails.provider_id', 'private.message_attempts.sid',
    'private.twilio_events.payload', 'private.twilio_events.sid', 'private.twilio_events.status',
    'private.waiting_deliveries.news',
    'public.campaign_messages.error_message', 'public.campaign_messages.twilio_sid'
  ])
) l (reason, names);
create temp table without_length as select c.* from long_columns c where not pg_temp.has_a_length(c);
select is_empty(
  'select name from without_length except select name from listed',
  'texts, lists and objects have a length. If a new one has none: give it a check, as long as the API takes at most'
);
select is_empty(
  'select name from listed except select name from without_length',
  'none is on the list that has a length, or is gone'
);
select is_empty(
  $$ select w.name from without_length w, unnest(array['anon', 'authenticated']) r (role)
     where has_column_privilege(r.role, w.table_id, w.attnum, 'insert, update') $$,
  'whatever people may write themselves has a length'
);

-- The same through the door: a signed-in person writes each of them into a row of their own.
insert into auth.users (id, email, email_confirmed_at) values ('a0000000-0000-4000-8000-000000000106', 'a@lengths.test', now());
update public.user_profiles set id = 'a1000000-0000-4000-8000-000000000106', status = 'approved'
where user_id = 'a0000000-0000-4000-8000-000000000106';
delete from public.campaign_templates where user_id = 'a1000000-0000-4000-8000-000000000106';
create temp table rows (table_id regclass primary key, id uuid);
insert into rows values
  ('public.customers', 'a2000000-0000-4000-8000-000000000106'),
  ('public.campaigns', 'a1100000-0000-4000-8000-000000000106'),
  ('public.campaign_templates', 'a4000000-0000-4000-8000-000000000106');
insert into public.customers (id, user_id, phone)
  select r.id, 'a1000000-0000-4000-8000-000000000106', '+14155550106' from rows r where r.table_id = 'public.customers'::regclass;
insert into public.campaigns (id, user_id, name)
  select r.id, 'a1000000-0000-4000-8000-000000000106', 'x' from rows r where r.table_id = 'public.campaigns'::regclass;
insert into public.campaign_templates (id, user_id, name)
  select r.id, 'a1000000-0000-4000-8000-000000000106', 'x' from rows r where r.table_id = 'public.campaign_templates'::regclass;

create temp table writable as
select c as wanted, c.* from long_columns c
where has_column_privilege('authenticated', c.table_id, c.attnum, 'insert, update')
  -- Not the role: whether an admin's change of somebody's role is allowed, 110 and 301 try.
  and c.table_id <> 'public.user_profiles'::regclass;
select is_empty(
  'select w.name from writable w where w.table_id not in (select r.table_id from rows r)',
  'every table that people write has a row here. If a new one has none: add it above'
);

-- What refuses each, as SQLSTATEs; "written" where nothing does, "nothing" where the row is not there.
create function pg_temp.answers_to(wanted long_columns) returns text[] language plpgsql as $$
declare
  id uuid := (select r.id from rows r where r.table_id = wanted.table_id);
  probe integer;
  touched integer;
  answer text;
  answers text[] := '{}';
begin
  perform set_config('request.jwt.claims', '{"sub":"a0000000-0000-4000-8000-000000000106","role":"authenticated"}', true);
  for probe in execute format('select p.n from probe_%s p', wanted.kind) loop
    set local role authenticated;
    begin
      execute format(
        'update %s set %I = (select p.value from probe_%s p where p.n = %s) where id = %L',
        wanted.table_id::regclass, wanted.attname, wanted.kind, probe, id
      );
      get diagnostics touched = row_count;
      answer := case touched when 1 then 'written' else 'nothing' end;
    exception when others then
      answer := sqlstate;
    end;
    reset role;
    answers := answers || answer;
  end loop;
  return answers;
end
$$;
select is_empty(
  $$ select w.name, a.answer from writable w, unnest(pg_temp.answers_to(w.wanted)) a (answer)
     where a.answer <> '23514' and a.answer not like 'PT4%' $$,
  'nobody writes a text, a list or an object that is too long'
);

-- As much as the API takes, fits.
create function pg_temp.fits(statement text) returns text language plpgsql as $$
begin
  perform set_config('request.jwt.claims', '{"sub":"a0000000-0000-4000-8000-000000000106","role":"authenticated"}', true);
  set local role authenticated;
  execute statement;
  reset role;
  return 'fits';
end
$$;
select is(pg_temp.fits(format('update public.%s set name = repeat(''李'', 200), message_body = repeat(''😀'', 1600) where user_id is not null', t.name)), 'fits', t.name || ': the longest text')
from (values ('campaigns'), ('campaign_templates')) t (name);
select is(pg_temp.fits(format('update public.%s set message_body = ''{{ first_name }}'' || repeat(''x'', 7984) where user_id is not null', t.name)), 'fits', t.name || ': the longest text with merge fields')
from (values ('campaigns'), ('campaign_templates')) t (name);
select is(pg_temp.fits($$
  update public.campaigns set audience = jsonb_build_object(
    'customer_ids', (select jsonb_agg(gen_random_uuid()) from generate_series(1, 10000)),
    'tags', (select jsonb_agg(repeat('李', 61) || lpad(i::text, 3, '0')) from generate_series(1, 50) i),
    'states', (select jsonb_agg(chr(65 + i / 26) || chr(65 + i % 26)) from generate_series(0, 99) i),
    'attributes', (select jsonb_object_agg(i, repeat('李', 500)) from generate_series(1, 50) i)
  ) where user_id is not null
$$), 'fits', 'the largest audience');

-- And a little more does not.
select throws_ok(
  format('select pg_temp.fits($q$ update public.campaigns set audience = %L where user_id is not null $q$)', a.audience),
  '23514', null, 'too large an audience: ' || a.what
)
from (values
  ('customers', (select jsonb_build_object('customer_ids', jsonb_agg(gen_random_uuid())) from generate_series(1, 10001))),
  ('states', (select jsonb_build_object('states', jsonb_agg('CA'::text)) from generate_series(1, 101))),
  ('tags', (select jsonb_build_object('tags', jsonb_agg(i::text)) from generate_series(1, 51) i)),
  ('a tag', jsonb_build_object('tags', jsonb_build_array(repeat('a', 65)))),
  ('attributes', (select jsonb_build_object('attributes', jsonb_object_agg(i, 1)) from generate_series(1, 51) i))
) a (what, audience);
reset role;

select * from finish();
rollback;
