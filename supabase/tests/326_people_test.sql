-- What is kept of one person: the list of places is complete, what is given out is all of it, and nothing is left of who is
-- forgotten. Made from the catalogue: a new table fails here until somebody has thought about it.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

-- Tables in which texts, lists or objects can stand.
create temp view written as
select c.table_schema || '.' || c.table_name as place, c.column_name
from information_schema.columns c
join pg_class k on k.oid = format('%I.%I', c.table_schema, c.table_name)::regclass and k.relkind in ('r', 'p') and not k.relispartition
where c.table_schema in ('public', 'private')
  and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'xml', 'ARRAY', 'USER-DEFINED');
create temp table without_people (place text, reason text);
insert into without_people
select unnest(l.places), l.reason
from (values
  ('operators and migrations write it', array[
    'private.area_codes', 'private.calling_codes', 'private.default_limits', 'private.default_templates',
    'private.frequency_caps', 'private.number_plans', 'private.quiet_hours', 'private.sending_switch',
    'private.stopped_accounts'
  ]),
  ('of texts and addresses it keeps only how long they were', array['private.audit_log']),
  ('sums, of states at most', array['private.campaign_outcomes', 'private.campaign_states', 'private.campaign_tallies', 'private.message_tallies']),
  ('words of our code, codes and positions', array[
    'private.awaited_callbacks', 'private.campaign_changes', 'private.cleared_references', 'private.list_reading',
    'private.mail_pause', 'private.send_claims', 'private.send_ranges', 'private.send_retries', 'private.sender_alarms',
    'private.sender_days', 'private.sender_tallies'
  ]),
  ('about users or senders, not about customers', array[
    'private.account_limits', 'private.event_stream_tokens', 'private.senders', 'public.admin_password_resets',
    'public.campaign_templates', 'public.user_profiles'
  ]),
  ('what is left: a keyed hash, its suppressions, and a reason that names nobody', array['private.erased_numbers'])
) l (reason, places);
select bag_eq(
  'select distinct w.place from written w',
  $$ select p.place from private.places_of_people() p union select w.place from without_people w $$,
  'each table with texts, lists or objects is a place of people, or is on the list of those that say nothing of them'
);
select is_empty(
  'select p.place from private.places_of_people() p join without_people w using (place)', 'none is both'
);
select is_empty(
  'select p.place from private.places_of_people() p group by 1 having count(*) > 1', 'a place stands in the list once'
);

-- Ann is in every place; Bea, whose number differs in its last digit, in most.
select pg_temp.make_owner('a', 3), pg_temp.make_owner('b', 1);
create function pg_temp.ann() returns text language sql as $$ select pg_temp.phone('a', 1) $$;
create function pg_temp.formatted(phone text) returns text language sql as $$
  select regexp_replace(phone, '^\+1(\d{3})(\d{3})(\d{4})$', '(\1) \2-\3')
$$;
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
grant execute on all functions in schema pg_temp to authenticated;

-- Deleted once as another account's customer, with the address of a user.
insert into public.customers (user_id, phone, email) values (pg_temp.owner('b'), '+14157770001', 'B@sending.test');
update public.customers set phone = '+14157770002' where phone = pg_temp.ann();
update public.customers set phone = pg_temp.ann() where phone = '+14157770001';
delete from public.customers where phone = pg_temp.ann();
update public.customers set phone = pg_temp.ann(), first_name = 'Annabel', last_name = 'Lee', email = 'Annabel@person.test',
  attributes = '{"nickname": "Annabel the First"}' where phone = '+14157770002';
update public.customers set first_name = 'Bea', email = 'bea@other.test' where phone = pg_temp.phone('a', 2);

select pg_temp.launch('a', 1, body => 'Hi {{ first_name }}');
select pg_temp.take_all();
select pg_temp.record(array(select m.id from public.campaign_messages m), 'sent');
insert into private.message_attempts (sid, message_id, reason) values ('SMfirst', pg_temp.message('a', 1, 1), 'absent');
insert into private.waiting_deliveries (news) values (array[
  row(pg_temp.message('a', 1, 1), 'SMx', 'delivered', null, null, 'to ' || pg_temp.ann(), false),
  row(pg_temp.message('a', 1, 2), 'SMy', 'delivered', null, null, null, false), row(null, 'SMz', 'sent', null, null, null, false)
]::private.delivery_news[]);
select pg_temp.launch('a', 2);
select pg_temp.take_all();
select pg_temp.record(array(select m.id from public.campaign_messages m where m.status = 'pending'), 'sent');
delete from public.campaigns where id = pg_temp.id('a', 2);
select pg_temp.become('a');
insert into public.campaigns (id, name, message_body) values (pg_temp.id('a', 3), 'tested', 'Hello');
select public.test_campaign(pg_temp.id('a', 3), pg_temp.ann());
reset role;
update public.campaign_messages set status = 'delivered' where customer_id is null;
delete from private.send_claims;
insert into public.campaign_skips (campaign_id, customer_id, reason)
  select pg_temp.id('a', 1), c.id, 'inactive' from public.customers c where c.phone in (pg_temp.ann(), pg_temp.phone('a', 2));
insert into private.idempotency_keys (user_id, key, request_hash, made_id)
  select pg_temp.owner('a'), 'annabel-' || pg_temp.ann(), '\x00', c.id from public.customers c where c.phone = pg_temp.ann();
insert into private.customer_search_backlog (user_id, customer_ids, texts)
  select pg_temp.owner('a'), array_agg(c.id), string_agg(c.phone, e'\n') from public.customers c where c.user_id = pg_temp.owner('a');
insert into private.customer_search_backlog (user_id, after_id, last_id, texts)
  select c.user_id, '00000000-0000-0000-0000-000000000000', c.id, c.phone from public.customers c where c.phone = pg_temp.ann();
insert into public.phone_lookups (user_id, phone, valid)
  values (pg_temp.owner('a'), pg_temp.ann(), true), (pg_temp.owner('b'), pg_temp.ann(), true), (pg_temp.owner('a'), pg_temp.phone('a', 2), true);
insert into public.customer_imports (id, user_id, status, file_name, header, rejects_kept) values
  ('e0000000-0000-4000-8000-000000000326', pg_temp.owner('a'), 'completed', 'shop.csv', '{Name,Phone}', 7),
  ('e0000000-0000-4000-8000-000000000327', pg_temp.owner('a'), 'completed', 'Annabel Lee.csv', array['Annabel Lee', pg_temp.formatted(pg_temp.ann())], 0);
insert into public.customer_import_rejects (import_id, row, column_name, code, detail, cells)
select 'e0000000-0000-4000-8000-000000000326', row_number() over () + 1, 'email', 'email_invalid', cells[1] || ': no', cells
from (values
  (array['Annabel', pg_temp.formatted(pg_temp.ann())]), (array['Annabel', substr(pg_temp.ann(), 2)]),
  (array['Annabel', '001-' || substr(pg_temp.ann(), 3, 3) || '.' || substr(pg_temp.ann(), 6) || ' x 4']),
  (array['Annabel', substr(pg_temp.ann(), 3, 3), substr(pg_temp.ann(), 6)]),
  (array['Annabel', translate(substr(pg_temp.ann(), 3), '0123456789', U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669')]),
  (array['Annabel', '415', ' ANNABEL@Person.test ']),
  (array['Bea', pg_temp.formatted(pg_temp.phone('a', 2))])
) t (cells);
insert into private.customer_import_changes (import_id, customer_id, before, after)
  select 'e0000000-0000-4000-8000-000000000326', c.id, '{"first_name": "Annabel"}', '{}' from public.customers c where c.phone = pg_temp.ann();
create temp table consents as
select array_agg(row(pg_temp.phone('a', n), 'given', '2026-01-01', 'import', jsonb_build_object('name', name))::private.new_consent) as list
from (values (1, 'Annabel'), (2, 'Bea')) t (n, name);
select private.record_consents(pg_temp.owner('a'), null, list) from consents;
insert into private.customer_import_consents (import_id, part, consents) select 'e0000000-0000-4000-8000-000000000326', 1, list from consents;
insert into private.waiting_consents (phone, action, happened_at, source) values (pg_temp.ann(), 'revoked', now(), 'inbound');
select private.receive_inbound(t.sid, t.phone, '+15005550006', null, t.body, 0, t.keyword, 'No more.', null, 'From=%2B' || substr(t.phone, 2))
from (values ('SM1', pg_temp.ann(), 'Annabel here', 'other'), ('SM2', pg_temp.ann(), 'STOP', 'stop'), ('SM3', pg_temp.phone('a', 2), 'Hi', 'other')) t (sid, phone, body, keyword);
insert into private.twilio_events (kind, sid, message_id, status, payload)
  values ('status', 'SMx', pg_temp.message('a', 1, 1), 'delivered', '{"To": "Annabel"}');
select private.suppress(pg_temp.ann(), pg_temp.owner('a'), 'manual', 'person', '{"note": "Annabel called"}');
select private.suppress(pg_temp.ann(), null, 'complaint', 'person');
select private.lift_suppressions(pg_temp.ann(), null, '{complaint}', 'person', 'Annabel took it back');
select private.apply_suppressions();
insert into private.mails (kind, recipient, contents, state, provider_id) values
  ('invitation', 'annabel@person.test', '{}', 'sent', 'mail-1'), ('registration', 'a@sending.test', '{"email": "annabel@person.test"}', 'sent', null),
  ('campaign_finished', 'b@sending.test', '{}', 'sent', 'mail-2');
insert into private.mail_events (id, kind, provider_id, detail) values
  ('e1', 'delivered', 'mail-1', null), ('e2', 'bounced', null, '550 <annabel@person.test> unknown'), ('e3', 'delivered', 'mail-2', null);
insert into private.mail_suppressions (address, reason) values ('annabel@person.test', 'bounced'), ('b@sending.test', 'bounced');
insert into private.mail_suppression_lifts (address, reason, suppressed_at, why) values ('annabel@person.test', 'bounced', now(), 'Annabel asked');
insert into public.invite_codes (code, email, notes) values ('ANNABEL1', 'annabel@person.test', 'for Annabel');
insert into private.password_reset_requests (email) values ('annabel@person.test');
insert into public.password_reset_tokens (token, user_id, email, expires_at)
  values ('hash', pg_temp.owner('a'), 'annabel@person.test', now());

update public.customers set updated_at = now() + interval '1 second' where phone = pg_temp.ann();

-- What is given out.
create temp table person as select (private.person_of(pg_temp.ann())).*;
select results_eq(
  'select phone, digits, written, cardinality(customer_ids), emails, user_emails from person',
  $$ select pg_temp.ann(), substr(pg_temp.ann(), 2), '4[^0-9]*1[^0-9]*5[^0-9]*2[^0-9]*1[^0-9]*0[^0-9]*0[^0-9]*0[^0-9]*0[^0-9]*1|annabel@person\.test', 2,
       '{annabel@person.test}'::text[], '{b@sending.test}'::text[] $$,
  'a person is known by the number, its spellings, and the addresses of its customers that are no user''s'
);
select ok('07911 123-456' ~* (private.person_of('+447911123456')).written, 'also elsewhere');
select ok('555 1234' !~* (private.person_of('+3725551234')).written, 'but a few digits alone are not taken for a number');
create temp table known as select d.* from person p, private.data_of_person(row(p.*)::private.person) d;
grant select on known to public;
select bag_eq(
  'select distinct k.place from known k', 'select p.place from private.places_of_people() p',
  'what is given out is from every place, so this test has something in each'
);
select is((select count(*) from known where place = 'public.customer_import_rejects'), 6::bigint, 'rejected rows are found in any spelling');
select is((select count(*) from known where place = 'public.customers' and data ->> 'first_name' = 'Annabel'), 1::bigint, 'rows are complete');
select is_empty($$ select from known k where k.data::text like '%Bea%' or k.data::text like '%bea@other.test%' $$, 'nothing of others');
select is_empty(
  $$ select * from private.data_of_person(private.person_of('+14159999999')) $$, 'of who is not known there is nothing'
);

-- Her story: every kind of event, in the words of the enum in services/dnwerks/src/why/event.rs.
create temp table kinds as
select e ->> 'kind' as kind, count(*) as n from jsonb_array_elements(private.events_of_number(pg_temp.ann()) -> 'events') e group by 1;
select bag_eq(
  'select kind, n from kinds',
  $$ values ('recipient', 2::bigint), ('attempt_ended', 1), ('callback_waits', 1), ('callback', 1), ('message_deleted', 1),
       ('customer_created', 2), ('customer_changed', 1), ('customer_changed_by_import', 1), ('customer_deleted', 1),
       ('row_rejected', 6), ('looked_up', 2), ('left_out', 1) $$,
  'everything that happened to her is told'
);
select is(
  private.events_of_number(pg_temp.ann()) -> 'customers' -> 0 ->> 'suppressed_for', 'opted_out', 'and how things stand'
);
select is_empty(
  $$ select e from jsonb_array_elements(private.events_of_number(pg_temp.ann()) -> 'events') e where e ->> 'at' is null $$, 'with its time'
);
-- A message, by our id and by Twilio's; a deleted one; an earlier attempt of one; one that came.
create function pg_temp.told(id text) returns text language sql as $$
  select concat_ws(' ', m ->> 'status', m ->> 'campaign', m ->> 'account', case when (m ->> 'deleted')::boolean then 'deleted' end, s -> 'received' ->> 'body')
  from private.story_of_message(id) s, jsonb_extract_path(s, 'message') m
$$;
select is(pg_temp.told(pg_temp.message('a', 1, 1)::text), 'sent ''a1'' a@sending.test', 'a message is found by our id');
select is(pg_temp.told('SMfirst'), 'sent ''a1'' a@sending.test', 'and by that of an attempt');
select is(pg_temp.told(a.twilio_sid), 'sent a campaign that is gone a@sending.test deleted', 'also a deleted one, by Twilio''s')
  from private.message_archive a where a.phone_number = pg_temp.ann();
select is(pg_temp.told('SM1'), 'Annabel here', 'and one that came');
select is(pg_temp.told('SMnone'), '', 'and none that is not there');
-- A user: b, whose address a customer had, and who is suppressed; and Ann's address, which is invited.
select results_eq(
  $$ select u ->> 'mails_suppressed', u -> 'user' ->> 'status',
       (select array_agg(distinct e ->> 'kind') from jsonb_array_elements(u -> 'events') e)
     from private.story_of_user('B@sending.test', '{}') u $$,
  $$ values ('bounced', 'approved', '{mail,mail_event,mail_suppressed,registered}'::text[]) $$, 'a user''s story'
);
insert into private.rate_limits (key, full_at) values ('\x01', now() + interval '1 hour');
select results_eq(
  $$ select u -> 'user', u -> 'customers' -> 0 ->> 'phone', u ->> 'attempts_counted_until' is not null,
       (select array_agg(distinct e ->> 'kind') from jsonb_array_elements(u -> 'events') e)
     from private.story_of_user('annabel@person.test', '{"\\x01"}') u $$,
  $$ values ('null'::jsonb, pg_temp.ann(), true,
       '{invited,mail,mail_event,mail_suppressed,mail_suppression_lifted,reset_opened,reset_requested}'::text[]) $$,
  'the story of an address that is a customer''s and nobody''s account'
);

-- How everything stands.
create temp table status as select private.system_status()::jsonb as s;
select results_eq(
  $$ select s -> 'sending' ->> 'stopped_at', jsonb_array_length(s -> 'senders'), s -> 'campaigns', (s -> 'mails' ->> 'sent')::integer,
       s -> 'search_backlog' ->> 'parts' from status $$,
  $$ values (null, 1, '[]'::jsonb, 3, '2') $$, 'the status counts what there is'
);
select pg_temp.launch('b', 9);
select pg_temp.take_all(1);
select private.hold_sender(s.id, 'twilio_unavailable', '1 minute', '1 hour', false) from private.senders s;
update private.sending_switch set stopped_at = now(), reason = 'Twilio asks us to';
update public.customer_imports set status = 'running' where id = 'e0000000-0000-4000-8000-000000000326';
truncate status;
insert into status select private.system_status()::jsonb;
select results_eq(
  $$ select s -> 'sending' ->> 'reason', s -> 'senders' -> 0 ->> 'hold_reason', s -> 'campaigns' -> 0 ->> 'name', (s -> 'campaigns' -> 0 ->> 'under_way')::integer,
       s -> 'imports' -> 0 ->> 'file_name', s -> 'errors' -> 0 ->> 'what' from status $$,
  $$ values ('Twilio asks us to', 'twilio_unavailable', 'b9', 1, 'shop.csv', 'twilio_unavailable') $$, 'and says what is in the way'
);
delete from public.campaigns where id = pg_temp.id('b', 9);

-- Where texts stand that are Ann's, in whatever column.
create function pg_temp.left_of_ann() returns setof text language plpgsql as $$
declare
  spot record;
  n bigint;
  spellings constant text[] := array[
    '%' || substr(pg_temp.ann(), 2) || '%', '%' || substr(pg_temp.ann(), 3) || '%', '%' || pg_temp.formatted(pg_temp.ann()) || '%',
    '%annabel%', '%person.test%'
  ];
begin
  for spot in select w.place, w.column_name from written w order by 1, 2 loop
    execute format('select count(*) from %s t where t.%I::text ilike any ($1)', spot.place, spot.column_name) into n using spellings;
    if n > 0 then
      return next spot.place || '.' || spot.column_name;
    end if;
  end loop;
end
$$;
select cmp_ok((select count(*)::integer from pg_temp.left_of_ann()), '>=', 40, 'her number, name or address is in many columns');
create temp table others as
select (select count(*) from public.customers) as customers, (select count(*) from public.campaign_messages) as messages,
  (select count(*) from private.twilio_events) as events, (select count(*) from private.mails) as mails;

select throws_ok(format('select private.erase_person(%L, %L, null)', pg_temp.ann(), why), 'PT422', 'why_names_person', 'a reason that is kept names nobody')
from (values ('Her letter about ' || pg_temp.formatted(pg_temp.ann())), ('Annabel@person.test wrote')) t (why);
-- Until then Twilio may still say what became of her texts.
select pg_temp.pass('48 hours');
create temp table gone as select private.erase_person(pg_temp.ann(), 'case 7', null) as tables;
select results_eq(
  'select e.key collate "C", e.value::bigint from gone g, jsonb_each_text(g.tables) e order by 1',
  'select k.place collate "C", count(*) from known k group by 1 order by 1',
  'erased is what was given out, table by table'
);
select is_empty('select * from pg_temp.left_of_ann()', 'then no column of any table holds her number, name or address');
select is_empty($$ select * from private.data_of_person(private.person_of(pg_temp.ann())) $$, 'nothing is known of her');
select is_empty(
  $$ select d.* from person p, private.data_of_person(row(p.*)::private.person) d $$,
  'nor is anything found by what was known of her'
);
select results_eq(
  $$ select (select count(*) from public.customers), (select count(*) from public.campaign_messages), (select count(*) from private.twilio_events), (select count(*) from private.mails) $$,
  'select customers - 1, messages - 2, events - 3, mails - 2 from others', 'the others are still there'
);
select is((select count(*) from auth.users where email = 'b@sending.test'), 1::bigint, 'a user with her address keeps it');
select is((select count(*) from private.mail_suppressions), 1::bigint, 'with what is known of it');
select results_eq(
  $$ select i.file_name, i.header, i.rejects_kept from public.customer_imports i order by i.id $$,
  $$ values ('shop.csv', '{Name,Phone}'::text[], 1::bigint), (null, array['Column 1', 'Column 2'], 0) $$,
  'an import says how many of its rejected rows are left, and forgets headers that were her row'
);
select results_eq(
  'select cardinality(b.customer_ids), b.texts from private.customer_search_backlog b order by 1',
  'values (2, null::text), (null, null)', 'the others wait to be indexed, without what was said of her'
);
select is((select cardinality(c.consents) from private.customer_import_consents c), 1, 'and their consents to be recorded');
select is_empty('select * from private.verify_consents()', 'whose chains hold');
select is((select jsonb_array_length(e.suppressions) from private.erased_numbers e), 2, 'her hash keeps what held');
select is(private.may_text(pg_temp.ann(), pg_temp.owner('b')), false, 'so she is not texted');
select is(private.erase_person(pg_temp.ann(), null, null), '{}', 'erasing her again erases nothing');
select is((select jsonb_array_length(e.suppressions) from private.erased_numbers e), 2, 'and her hash still keeps what held');
select throws_ok(
  $$ delete from private.mail_suppression_lifts $$, 'P0001', 'private.mail_suppression_lifts is append-only',
  'what was lifted for others can''t be deleted'
);

select * from finish();
rollback;
