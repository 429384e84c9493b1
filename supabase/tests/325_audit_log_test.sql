-- The audit log: who changed what is not their own, by each door; that it stays, and what it does not tell.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

-- Every table is watched, or stands here with what else tells, or why nothing has to.
create temp table unwatched as
select unnest(l.names) as name, l.reason
from (values
  ('itself', array['private.audit_log']),
  ('only our functions and services write it, and not for an admin', array[
    'private.account_quarters', 'private.account_tallies', 'private.awaited_callbacks', 'private.campaign_changes',
    'private.campaign_minutes', 'private.campaign_outcomes', 'private.campaign_states', 'private.campaign_tallies',
    'private.cleared_references',
    'private.customer_import_changes',
    'private.customer_import_ids', 'private.customer_search', 'private.customer_search_backlog', 'private.event_stream_tokens',
    'private.idempotency_keys', 'private.known_addresses', 'private.launches', 'private.list_reading',
    'private.mail_events', 'private.mail_pause', 'private.mails', 'private.message_archive', 'private.message_attempts',
    'private.message_tallies',
    'private.password_reset_requests', 'private.phone_lookup_spending', 'private.rate_limits', 'private.send_claims',
    'private.send_lanes', 'private.send_ranges', 'private.send_retries', 'private.sender_alarms', 'private.sender_days',
    'private.sender_tallies', 'private.suppression_looks', 'private.twilio_events', 'private.twilio_events_rest',
    'private.waiting_deliveries',
    'public.campaign_skips', 'public.phone_lookups', 'public.phone_refusals'
  ]),
  ('it says itself who: recorded_by, sent_by, deleted_by, campaign and account', array[
    'private.consent_events', 'private.consent_heads', 'private.customer_import_consents', 'private.test_sends',
    'private.waiting_consents', 'public.conversation_messages', 'public.deleted_customers'
  ]),
  ('goes with a row that is watched', array[
    'private.mail_suppressions', 'public.customer_import_rejects', 'public.invite_redemptions', 'public.password_reset_tokens'
  ]),
  ('thousands a second; a person''s decision about one (resolve_message) is written by that function', array['public.campaign_messages']),
  ('made once, by a migration', array['private.number_hash_key']),
  ('only tests write it', array['private.clock_offset'])
) l (reason, names);
create temp view watched as
select distinct n.nspname || '.' || c.relname as name
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace join pg_proc p on p.oid = t.tgfoid
where p.proname in ('audit_row', 'audit_customers');
select is_empty($$
  select name from watched except
  select n.nspname || '.' || c.relname
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where t.tgname = 'audit_all'
$$, 'it sees when a table that it watches is emptied');
create temp view tables as
select n.nspname || '.' || c.relname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and c.relname !~ '^twilio_events_\d';
select is_empty('select name from tables except select name from watched except select name from unwatched',
  'the audit log watches every table, or it says here why not');
select is_empty('select name from unwatched except (select name from tables except select name from watched)',
  'no table is on the list that is watched or gone');
select is_empty($$
  select t.tgrelid::regclass, a.attname
  from pg_trigger t join pg_attribute a on a.attrelid = t.tgrelid and a.attnum = any (t.tgattr::smallint[])
  where t.tgname = 'audit' and t.tgrelid = 'public.campaigns'::regclass and (a.attname ~ '_count$' or a.attname = 'total_recipients')
  union all
  select t.tgrelid::regclass, 'every column' from pg_trigger t
  where t.tgname = 'audit' and t.tgrelid in ('public.campaigns'::regclass, 'private.senders'::regclass) and cardinality(t.tgattr::smallint[]) = 0
$$, 'it costs nothing where callbacks count and takes are charged');
-- A column that is named as shown but is none would be forgotten.
select is_empty($$
  select t.tgrelid::regclass, shown
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid,
    regexp_split_to_array(encode(t.tgargs, 'escape'), '\\000') a (args), regexp_split_to_table(a.args[5], ' ') shown
  where p.proname = 'audit_row' and shown not in ('*', '') and not exists (
    select from pg_attribute c where c.attrelid = t.tgrelid and c.attname = shown and not c.attisdropped
  )
$$, 'columns that are shown are there');

-- People: two admins, an owner, a newcomer.
create temp table people (name text primary key, user_id uuid default gen_random_uuid(), profile_id uuid);
insert into people (name) values ('anna'), ('zoe'), ('ben'), ('nina');
insert into auth.users (id, email, email_confirmed_at) select user_id, name || '@audit.test', now() from people;
update people set profile_id = p.id from public.user_profiles p where p.user_id = people.user_id;
update public.user_profiles set status = 'approved' where id in (select profile_id from people where name <> 'nina');
update public.user_profiles set role = 'admin' where id in (select profile_id from people where name in ('anna', 'zoe'));
create function pg_temp.id(person text) returns uuid language sql stable security definer as $$
  select p.profile_id from people p where p.name = person
$$;
create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.headers', '{"x-request-id": "request-325"}', true), set_config('request.jwt.claims', (
    select json_build_object('sub', user_id, 'role', 'authenticated', 'aal', 'aal1')::text from people where name = person
  ), true);
  set local role authenticated;
end
$$;
grant select on people to authenticated;
-- What was appended since the last look, as "kind actor action account row_count".
create temp table looks (seen bigint);
insert into looks values (0);
create function pg_temp.news() returns setof text language plpgsql security definer as $$
begin
  return query
    select concat_ws(' ', a.actor_kind, coalesce((select p.name from people p where p.profile_id = a.actor), a.operator), a.action,
      (select 'of ' || p.name from people p where p.profile_id = a.account), case when a.row_count > 1 then a.row_count end)
    from private.audit_log a where a.id > (select l.seen from looks l) order by a.id;
  update looks l set seen = coalesce((select max(a.id) from private.audit_log a), l.seen);
end
$$;
create function pg_temp.last() returns private.audit_log language sql security definer as $$
  select a from private.audit_log a order by a.id desc limit 1
$$;
grant execute on all functions in schema pg_temp to authenticated, service_role;
select count(*) from pg_temp.news();

-- An admin through PostgREST.
select pg_temp.become('anna');
update public.user_profiles set status = 'approved' where id = pg_temp.id('nina');
reset role;
select results_eq('select pg_temp.news()', $$ values ('admin anna user.approved of nina') $$, 'an admin approves somebody: one entry, not one for each default template');
select results_eq(
  $$ select l.role, l.request_id, l.table_name, l.row_id, l.before, l.after - 'approved_at' from pg_temp.last() l $$,
  format($$ values ('authenticated', 'request-325', 'public.user_profiles', %L, '{"status": "pending", "approved_at": null}'::jsonb, '{"status": "approved"}'::jsonb) $$, pg_temp.id('nina')),
  'with the door, the request, the row, and what it was before and after'
);
insert into auth.sessions (id, user_id) select 'a0000000-0000-4000-8000-000000000325', user_id from people where name = 'anna';
select pg_temp.become('anna');
select set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb || '{"session_id": "a0000000-0000-4000-8000-000000000325"}')::text, true) is null;
select public.set_account_limits(pg_temp.id('ben'), '{"messages_per_day": 5}');
select is((pg_temp.last()).session_id, 'a0000000-0000-4000-8000-000000000325', 'with the session');
select public.set_account_limits(pg_temp.id('ben'), '{"messages_per_day": 7}');
reset role;
select results_eq('select pg_temp.news()', $$ values ('admin anna limits.changed of ben'), ('admin anna limits.changed of ben') $$, 'an admin sets limits');
select results_eq('select l.before, l.after from pg_temp.last() l', $$ values ('{"messages_per_day": 5}'::jsonb, '{"messages_per_day": 7}'::jsonb) $$, 'only what changed is in it');
select pg_temp.become('anna');
update public.user_profiles set status = 'approved', role = role where id = pg_temp.id('nina');
update public.user_profiles set role = 'admin' where id = pg_temp.id('nina');
update public.user_profiles set role = 'user' where id = pg_temp.id('nina');
select public.set_sender_rate((select s.id from json_to_recordset(public.list_senders()) s (id uuid, is_default boolean) where s.is_default), 12.5);
reset role;
select results_eq('select pg_temp.news()', $$ values ('admin anna user.role_changed of nina'), ('admin anna user.role_changed of nina'), ('admin anna sender.updated') $$,
  'a role, a rate; what changes nothing is no entry');

-- Owners with their own, admins too.
select pg_temp.become('ben');
insert into public.customers (phone, first_name, email) select '+1415555' || n, 'Ada', 'ada@person.test' from generate_series(3251, 3255) n;
update public.customers set last_name = 'Lovelace';
insert into public.campaigns (id, name, message_body) values ('b1100000-0000-4000-8000-000000000325', 'Ada''s birthday', 'Call +14155553251');
update public.campaigns set name = 'Ada''s party' where name like 'Ada%';
insert into public.campaign_templates (id, name) values ('b4000000-0000-4000-8000-000000000325', 'Ada');
select public.suppress_number('+14155553254', 'manual', 'Ada asked');
select pg_temp.become('anna');
insert into public.customers (phone) values ('+14155553259');
update public.customers set last_name = 'Own' where phone = '+14155553259';
delete from public.customers where phone = '+14155553259';
insert into public.campaigns (name) values ('own');
reset role;
select is_empty('select pg_temp.news()', 'owners with their own rows leave no entry, admins with theirs neither');

-- An admin with others' rows.
select pg_temp.become('anna');
update public.customers set state = 'CA' where user_id = pg_temp.id('ben') and phone <> '+14155553255';
delete from public.customers where phone = '+14155553255';
insert into public.customers (user_id, phone) values (pg_temp.id('ben'), '+14155553256');
update public.campaigns set message_body = 'Call +14155553252' where id = 'b1100000-0000-4000-8000-000000000325';
select is((pg_temp.last()).before, '{"message_body": {"characters": 17}}', 'of a text only how long it was');
update public.campaigns set status = 'scheduled', scheduled_at = private.clock() + interval '1 day' where id = 'b1100000-0000-4000-8000-000000000325';
select public.pause_campaign('b1100000-0000-4000-8000-000000000325');
select public.resume_campaign('b1100000-0000-4000-8000-000000000325');
select public.cancel_campaign('b1100000-0000-4000-8000-000000000325');
update public.campaign_templates set name = 'Ada 2' where id = 'b4000000-0000-4000-8000-000000000325';
delete from public.campaign_templates where id = 'b4000000-0000-4000-8000-000000000325';
reset role;
select results_eq('select pg_temp.news()', $$ values
  ('admin anna customer.updated of ben 4'), ('admin anna customer.deleted of ben'), ('admin anna customer.created of ben'),
  ('admin anna campaign.updated of ben'), ('admin anna campaign.scheduled of ben'), ('admin anna campaign.paused of ben'),
  ('admin anna campaign.resumed of ben'), ('admin anna campaign.canceled of ben'),
  ('admin anna template.updated of ben'), ('admin anna template.deleted of ben')
$$, 'what an admin does with others'' rows, of customers once for a statement');
select pg_temp.become('anna');
select public.lift_suppression((public.list_suppressions('+14155553254') -> 'data' -> 0 ->> 'id')::uuid, 'Ada''s letter of 14155553254');
select public.suppress_number('+14155553257', 'complaint', 'Ada called');
reset role;
insert into private.mail_suppressions (address, reason) values ('ada@person.test', 'bounced');
select pg_temp.become('anna');
select public.lift_mail_suppression('ada@person.test', 'Ada''s mailbox is back');
reset role;
select results_eq('select pg_temp.news()', $$ values
  ('admin anna suppression.lifted of ben'), ('admin anna customer.updated of ben'), ('admin anna suppression.created'), ('admin anna mail_suppression.lifted')
$$, 'suppressions');

-- A service.
set local role service_role;
update public.customers set state = 'NY' where user_id = pg_temp.id('ben');
update public.campaigns set name = 'x' where user_id = pg_temp.id('ben');
select public.set_account_limits(pg_temp.id('ben'), '{"messages_per_day": 9}');
select set_config('dnwerks.actor', pg_temp.id('zoe')::text, true), set_config('dnwerks.request', 'request-zoe', true);
insert into public.invite_codes (code, email, notes) values ('SECRET-CODE-325', 'eve@person.test', 'Eve''s');
update public.invite_codes set revoked_at = now() where code = 'SECRET-CODE-325';
reset role;
select private.open_password_reset(pg_temp.id('ben'), 'secret-token', 'token-hash-325', '1 hour', pg_temp.id('zoe'), 'Ada told us');
select is((pg_temp.last()).request_id, 'request-zoe', 'with the request that it answers');
select public.delete_user(pg_temp.id('nina'), pg_temp.id('ben'));
select results_eq('select pg_temp.news()', $$ values
  ('service limits.changed of ben'), ('admin zoe invite.created'), ('admin zoe invite.revoked'), ('admin zoe password_reset.created of ben'),
  ('admin zoe user.deleted of nina'), ('admin zoe user.handed_over of nina'),
  -- One for each.
  ('admin zoe template.handed_over of nina'), ('admin zoe template.handed_over of nina'), ('admin zoe template.handed_over of nina'),
  ('admin zoe template.handed_over of nina'), ('admin zoe template.handed_over of nina')
$$, 'a service works with people''s rows unseen, and says for which admin it acts');
-- A signed-in person who pretends to be somebody else.
select pg_temp.become('anna');
update public.campaigns set name = 'y' where id = 'b1100000-0000-4000-8000-000000000325';
reset role;
select results_eq('select pg_temp.news()', $$ values ('admin anna campaign.updated of ben') $$, 'a token says who it is, whatever a setting says');
select set_config('dnwerks.actor', '', true);

-- SQL, and an operator.
update public.user_profiles set role = 'admin' where id = pg_temp.id('ben');
update public.user_profiles set role = 'user' where id = pg_temp.id('ben');
update public.customers set state = 'TX' where user_id = pg_temp.id('ben');
select set_config('dnwerks.operator', 'olga', true);
update private.sending_switch set stopped_at = now(), reason = 'Twilio asks us to';
update private.sending_switch set stopped_at = null, reason = null;
update private.sign_in_rules set admins_need_second_factor = true;
update private.sign_in_rules set admins_need_second_factor = false;
update private.retention set mails = 14, due_at = now();
insert into private.stopped_accounts (user_id, reason) values (pg_temp.id('ben'), 'spam');
select results_eq('select pg_temp.news()', $$ values
  ('sql user.role_changed of ben'), ('sql user.role_changed of ben'), ('sql customer.updated of ben 5'),
  ('operator olga sending.stopped'), ('operator olga sending.started'), ('operator olga second_factor.changed'),
  ('operator olga second_factor.changed'), ('operator olga retention.changed'), ('operator olga sending.stopped of ben')
$$, 'SQL and operators');
delete from private.stopped_accounts;
truncate private.ramp_up_steps;
select results_eq(
  $$ select a.action, a.table_name from private.audit_log a order by a.id desc limit 1 $$,
  $$ values ('table.emptied', 'private.ramp_up_steps') $$, 'nobody empties a table unseen'
);
select is((select a from private.audit_log a where a.action = 'sending.started' order by a.id desc limit 1).before ->> 'reason', 'spam', 'what was stopped is started again, and it stays known why it was');
select private.erase_person('+14155553251', 'Ada asked', null);
select is((pg_temp.last()).action, 'customer.deleted', 'an erasure');
select is((select a.row_id from private.audit_log a where a.action = 'person.erased'), null, 'an entry does not say whose');
select set_config('dnwerks.operator', '', true);
select count(*) from pg_temp.news();

-- Nothing of an account that is stopped goes out, and what others have does.
select pg_temp.make_owner('a', 3), pg_temp.make_owner('b', 2), pg_temp.launch('a', 1), pg_temp.launch('b', 1);
insert into private.stopped_accounts (user_id) values (pg_temp.owner('a'));
select is(pg_temp.take_all(), 2, 'nothing of a stopped account is taken');
select cmp_ok((select t.wait_seconds from takes t where t.n = pg_temp.last_take()), '>', 0.5::double precision, 'nor do workers run idle');
delete from private.stopped_accounts;
select is(pg_temp.take_all(), 3, 'until it is started again');
-- A person's decision about a message in doubt.
update public.campaign_messages m set in_doubt_since = now() where m.id = pg_temp.message('a', 1, 1);
select count(*) from pg_temp.news();
select pg_temp.become('anna');
select public.resolve_message(pg_temp.message('a', 1, 1), 'failed') is null;
reset role;
select results_eq('select pg_temp.news()', $$ values ('admin anna message.resolved') $$, 'a message in doubt that an admin settles');

-- What it never tells.
select is_empty(
  $$ select a from private.audit_log a
     where a::text ~ '4155553|person\.test|Ada|Eve|SECRET|secret-token|token-hash|Lovelace|audit\.test'
       or a::text ~ '\+1415' $$,
  'no number, address, name, text, code or token of anybody is in it'
);

-- It stays.
select throws_ok('update private.audit_log set actor = null', '55000', 'audit_log_is_kept', 'nobody changes it');
select throws_ok('delete from private.audit_log', '55000', 'audit_log_is_kept', 'nobody deletes from it');
select throws_ok('truncate private.audit_log', '55000', 'audit_log_is_kept', 'nobody empties it');
set local session_replication_role = replica;
select throws_ok('delete from private.audit_log', '55000', 'audit_log_is_kept', 'not as a replica either');
set local session_replication_role = origin;
set local role service_role;
select throws_ok($$ insert into private.audit_log (actor_kind, role, action, table_name) values ('sql', 'x', 'x', 'x') $$, '42501', null, 'a service appends nothing to it');
select throws_ok('delete from private.audit_log', '42501', null, 'nor deletes from it');
reset role;
insert into private.audit_log (at, actor_kind, role, action, table_name) values
  (now() - interval '731 days', 'sql', 'postgres', 'old.entry', 'x'), (now() - interval '729 days', 'sql', 'postgres', 'new.entry', 'x');
update private.retention set due_at = '-infinity';
select private.expire_records();
select results_eq($$ select a.action from private.audit_log a where a.at < now() - interval '1 day' $$, $$ values ('new.entry') $$, 'it goes when its days are over');

select throws_ok('update private.retention set audit_log = 89', '23514', null, 'which are ninety at least');
select throws_ok(
  $$ insert into private.audit_log (actor_kind, role, action, table_name) values ('nobody', 'x', 'x', 'x') $$, '23514', null, 'a kind of actor is one that we know'
);

-- Who reads it.
select pg_temp.become('ben');
select throws_ok('select from private.audit_log', '42501', null, 'a user reads nothing of it');
select throws_ok('select public.list_audit_log()', 'PT403', 'admin_required', 'by no door');
select throws_ok($$ select private.audit_entries(null, null, null, null, null, null, null, 10, 0) $$, '42501', null, 'of ours');
select pg_temp.become('anna');
select throws_ok('select from private.audit_log', '42501', null, 'an admin reads the list');
create function pg_temp.listed(page json) returns setof text language sql as $$
  select concat_ws(' ', e ->> 'actor_email', e ->> 'action', e ->> 'account_email') from json_array_elements(page -> 'data') e
$$;
select results_eq(
  $$ select pg_temp.listed(public.list_audit_log(actor => pg_temp.id('zoe'), action => 'invite')) $$,
  $$ values ('zoe@audit.test invite.revoked'), ('zoe@audit.test invite.created') $$, 'the newest first, by actor and by what was changed'
);
select results_eq(
  $$ select pg_temp.listed(public.list_audit_log(account => pg_temp.id('ben'), action => 'suppression.lifted')) $$,
  $$ values ('anna@audit.test suppression.lifted ben@audit.test') $$, 'by account and action'
);
select results_eq(
  $$ select (l ->> 'total')::integer, json_array_length(l -> 'data') from public.list_audit_log(table_name => 'sending_switch', page_limit => 1) l $$,
  $$ values (2, 1) $$, 'by table, in pages with a total'
);
select is((public.list_audit_log(until => now() - interval '800 days') ->> 'total')::integer, 0, 'by time');
select results_eq(
  $$ select pg_temp.listed(public.list_audit_log(
       actor => pg_temp.id('zoe'), action => 'invite',
       below => (public.list_audit_log(actor => pg_temp.id('zoe'), action => 'invite') -> 'data' -> 0 ->> 'id')::bigint
     )) $$,
  $$ values ('zoe@audit.test invite.created') $$, 'and on from an entry'
);
select throws_ok('select public.list_audit_log(page_limit => 0)', 'PT422', 'page_out_of_range', 'a page has its bounds');
reset role;

select * from finish();
rollback;
