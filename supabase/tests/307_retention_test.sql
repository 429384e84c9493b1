-- Records that nobody needs for ever go, when their time has come, and nothing else does.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

insert into auth.users (id, email, email_confirmed_at) values
  ('f0000000-0000-4000-8000-000000000305', 'ann@retention.test', now()),
  ('f0000000-0000-4000-8000-000000000306', 'adm@retention.test', now());
create function pg_temp.person(name text) returns uuid language sql as $$
  select p.id from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = name || '@retention.test'
$$;
delete from private.mails;
update private.retention set due_at = '-infinity';

-- Of each kind one that is older than its days, and one that is not; named old and new.
insert into private.mails (kind, recipient, state, finished_at, created_at) values
  ('approval', 'old@retention.test', 'sent', now() - interval '31 days', now() - interval '31 days'),
  ('approval', 'new@retention.test', 'sent', now() - interval '29 days', now() - interval '40 days'),
  ('approval', 'queued@retention.test', 'queued', null, now() - interval '90 days');
insert into private.mail_events (id, kind, received_at) values
  ('old', 'delivered', now() - interval '91 days'), ('new', 'delivered', now() - interval '89 days');
insert into public.password_reset_tokens (token, user_id, email, expires_at, created_by, is_used) values
  ('old', pg_temp.person('ann'), 'ann@retention.test', now() - interval '31 days', pg_temp.person('adm'), true),
  ('new', pg_temp.person('ann'), 'ann@retention.test', now() - interval '29 days', pg_temp.person('adm'), true);
insert into public.admin_password_resets (user_id, admin_id, reset_token_id, reason, status, created_at)
  select pg_temp.person('ann'), pg_temp.person('adm'), t.id, t.token, 'expired', now() - interval '40 days'
  from public.password_reset_tokens t where t.user_id = pg_temp.person('ann');
insert into public.admin_password_resets (user_id, admin_id, reason, status, created_at) values
  (pg_temp.person('ann'), pg_temp.person('adm'), 'very old', 'completed', now() - interval '731 days');
insert into public.customer_imports (id, user_id, status, file_name, finished_at) values
  ('f2000000-0000-4000-8000-000000000305', pg_temp.person('ann'), 'completed', 'old', now() - interval '181 days'),
  ('f2000000-0000-4000-8000-000000000306', pg_temp.person('ann'), 'completed', 'new', now() - interval '179 days'),
  ('f2000000-0000-4000-8000-000000000307', pg_temp.person('ann'), 'running', 'running', null);
insert into public.customer_import_rejects values ('f2000000-0000-4000-8000-000000000305', 2, 'phone', 'phone_invalid', 'x', '{x}');
insert into public.phone_lookups (user_id, phone, valid, looked_up_at) values
  (pg_temp.person('ann'), '+14155550301', true, now() - interval '401 days'), (pg_temp.person('ann'), '+14155550302', true, now());
insert into private.phone_lookup_spending (user_id, day) values
  (pg_temp.person('ann'), (now() at time zone 'UTC')::date - 402), (pg_temp.person('ann'), (now() at time zone 'UTC')::date);
insert into private.idempotency_keys (user_id, key, request_hash, made_id, created_at) values
  (pg_temp.person('ann'), 'old', '', gen_random_uuid(), now() - interval '25 hours'),
  (pg_temp.person('ann'), 'new', '', gen_random_uuid(), now() - interval '23 hours');
insert into private.test_sends (test_id, campaign_id, account_id, phone, sent_at) values
  (gen_random_uuid(), gen_random_uuid(), pg_temp.person('ann'), '+14155550303', now() - interval '31 days'),
  (gen_random_uuid(), gen_random_uuid(), pg_temp.person('ann'), '+14155550304', now());
insert into private.cleared_references (table_name, row_id, column_name, profile_id, cleared_at) values
  ('user_profiles', gen_random_uuid(), 'invited_by', gen_random_uuid(), now() - interval '731 days'),
  ('user_profiles', pg_temp.person('ann'), 'invited_by', gen_random_uuid(), now() - interval '731 days');

set local role service_role;
select is(private.expire_records(), 10, 'one of each kind goes');
reset role;
select results_eq('select recipient from private.mails order by 1', $$ values ('new@retention.test'), ('queued@retention.test') $$, 'of the mails, the old one');
select results_eq('select id from private.mail_events', $$ values ('new') $$, 'of the events, the old one');
select results_eq($$ select token from public.password_reset_tokens where user_id = pg_temp.person('ann') $$, $$ values ('new') $$, 'of the tokens, the old one');
select results_eq(
  $$ select reason, reset_token_id is null from public.admin_password_resets where user_id = pg_temp.person('ann') order by 1 $$,
  $$ values ('new', false), ('old', true) $$, 'the record of an admin''s reset outlives its token, and goes in its own time'
);
select results_eq($$ select file_name from public.customer_imports where user_id = pg_temp.person('ann') order by 1 $$, $$ values ('new'), ('running') $$, 'of the imports, the old one');
select is_empty('select from public.customer_import_rejects', 'with its rejects');
select results_eq($$ select phone from public.phone_lookups where user_id = pg_temp.person('ann') $$, $$ values ('+14155550302') $$, 'of the lookups, the old one');
select results_eq($$ select key from private.idempotency_keys where user_id = pg_temp.person('ann') $$, $$ values ('new') $$, 'of the keys, the old one');
select results_eq($$ select phone from private.test_sends where account_id = pg_temp.person('ann') $$, $$ values ('+14155550304') $$, 'of the tests, the old one');
select results_eq($$ select row_id from private.cleared_references where cleared_at < now() - interval '1 day' $$, $$ select pg_temp.person('ann') $$, 'what is about a row that is there stays');

-- Not again and again.
insert into private.mail_events (id, kind, received_at)
  select 'old' || i, 'delivered', now() - interval '91 days' from generate_series(1, 5) i;
select is(private.expire_records(), 0, 'somebody has just looked');
update private.retention set due_at = '-infinity';
select is(private.expire_records(2), 2, 'so many at once');
select is(private.expire_records(2), 2, 'and at once again, since something was left');
select is(private.expire_records(2), 1, 'until nothing is');
select cmp_ok((select due_at from private.retention), '>', now(), 'then after an hour');

-- Longer, where an operator says so.
update private.retention set due_at = '-infinity', mail_events = 3650;
insert into private.mail_events (id, kind, received_at) values ('older', 'delivered', now() - interval '91 days');
select is(private.expire_records(), 0, 'what is to be kept longer is kept');

-- What other processes delete goes by the same row.
update private.retention set import_rejects = 2, twilio_events = 3;
update public.customer_imports set rejects_kept = 1, created_at = now() - interval '49 hours' where file_name = 'new';
insert into public.customer_import_rejects values ('f2000000-0000-4000-8000-000000000306', 2, 'phone', 'phone_invalid', 'x', '{x}');
select is(private.expire_import_rejects('50 hours'), 0, 'rejects that are younger than asked for stay');
select is(private.expire_import_rejects(), 1, 'those go that are older than their days');
insert into private.twilio_events (received_at, kind, payload) values
  (now() - interval '5 days', 'status', 'old'), (now() - interval '1 day', 'status', 'new');
select lives_ok('select private.keep_twilio_events(null)', 'callbacks go by their days, too');
select results_eq('select payload from private.twilio_events', $$ values ('new') $$, 'the old ones');
select throws_ok('update private.retention set twilio_events = 1', '23514', null, 'a day is too short: partitions are made ahead');

select * from finish();
rollback;
