-- Launching, for every caller, and what people may do to a campaign's status.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'alice@launch.test'),
  ('b0000000-0000-4000-8000-000000000001', 'bob@launch.test'),
  ('c0000000-0000-4000-8000-000000000001', 'admin@launch.test');
delete from public.user_profiles where user_id in (select id from auth.users where email like '%@launch.test');
insert into public.user_profiles (id, user_id, role, status) values
  ('a1000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'user', 'approved'),
  ('b1000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'user', 'approved'),
  ('c1000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'admin', 'approved');
-- 250 of Alice's: every tenth inactive, two in Texas, one with a number nobody can text.
insert into public.customers (user_id, phone, state, status)
  select 'a1000000-0000-4000-8000-000000000001', '+1415556' || lpad(n::text, 4, '0'),
    case when n <= 2 then 'TX' else 'CA' end, case when n % 10 = 0 then 'inactive' else 'active' end
  from generate_series(1, 249) n;
-- From before the numbers were read.
set local session_replication_role = replica;
insert into public.customers (user_id, phone, state) values ('a1000000-0000-4000-8000-000000000001', 'call me', 'CA');
set local session_replication_role = origin;
insert into public.customers (user_id, phone) values ('b1000000-0000-4000-8000-000000000001', '+14155569999');

select private.register_sender('+15005550006', null, null);

create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000001","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
-- `kind` 3: a campaign.
create function pg_temp.id(who text, n int) returns uuid language sql as $$
  select format('%s3000000-0000-4000-8000-%s', who, lpad(n::text, 12, '0'))::uuid
$$;
grant execute on all functions in schema pg_temp to authenticated;

select pg_temp.become('a');
insert into public.campaigns (id, name, message_body, audience) values
  (pg_temp.id('a', 1), 'everybody', 'Hello', null),
  (pg_temp.id('a', 2), 'Texas', 'Hi {{ first_name }}', '{"states": ["TX"]}'),
  (pg_temp.id('a', 3), 'nobody', 'Hello', '{"states": ["WY"]}'),
  (pg_temp.id('a', 4), 'blank', E' \n', null),
  (pg_temp.id('a', 5), 'long', repeat('x', 1601), null),
  (pg_temp.id('a', 6), 'inactive', 'Hello', '{"status": "inactive"}');

-- Who may.
select pg_temp.become('b');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 1)) $$, 'PT404', 'campaign_not_found',
  'a stranger''s campaign is not there');
select throws_ok($$ select public.launch_campaign(gen_random_uuid()) $$, 'PT404', 'campaign_not_found',
  'nor is one that does not exist');
reset role;
set local role anon;
select throws_ok($$ select public.launch_campaign('a3000000-0000-4000-8000-000000000001') $$, '42501', null,
  'anonymous people launch nothing');
reset role;
select pg_temp.become('a');
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 1)) $$, '42501', null,
  'nobody passes by the check of who may');

-- What can't be launched.
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 3)) $$, 'PT422', 'no_recipients', 'an audience of nobody');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 4)) $$, 'PT422', 'message_body_required', 'a blank text');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 5)) $$, 'PT422', 'message_body_too_long', 'a text above 1,600 characters');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 6)) $$, 'PT422', 'no_recipients', 'inactive customers only');
select is((select count(*)::int from public.campaign_messages where campaign_id in (pg_temp.id('a', 3), pg_temp.id('a', 6))), 0,
  'a refused launch leaves nothing');

select throws_ok($$ select public.send_campaign(pg_temp.id('a', 1), expected_recipients => 224) $$, 'PT409', 'recipients_differ', 'another number than was previewed');
select throws_ok($$ select public.send_campaign(pg_temp.id('a', 1), send_at => now() + interval '1 day', send_now => true) $$,
  'PT422', 'send_at_and_now', 'now and at a time');

-- What a launch does.
select is((public.launch_campaign(pg_temp.id('a', 1))).total_recipients, 225, 'the owner launches');
select results_eq(
  $$ select status, total_recipients, pending_count, sent_count, skipped, launched_at is not null from public.campaigns where id = pg_temp.id('a', 1) $$,
  $$ values ('sending', 225, 225, 0, '{"inactive": 24, "invalid_phone": 1}'::jsonb, true) $$,
  'totals and the left out are counted');
select results_eq(
  $$ select min(position), max(position), count(distinct position)::int, count(distinct id)::int, bool_and(message_body = 'Hello')
     from public.campaign_messages where campaign_id = pg_temp.id('a', 1) $$,
  $$ values (1, 225, 225, 225, true) $$, 'positions run from 1; a text without merge fields is in every row');
select is((select count(*)::int from public.campaign_skips where campaign_id = pg_temp.id('a', 1)), 25, 'everybody left out has a reason');
select is((select count(*)::int from public.campaign_messages m join public.customers c on c.id = m.customer_id
  where m.campaign_id = pg_temp.id('a', 1) and c.user_id <> 'a1000000-0000-4000-8000-000000000001'), 0, 'no other tenant''s customers');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 1)) $$, 'PT409', 'campaign_already_launched', 'and only once');
reset role;
select results_eq(
  $$ select first, last, next, quiet_group from private.send_ranges where campaign_id = pg_temp.id('a', 1) order by 1 $$,
  $$ values (1, 2, 1, 'CA,TX|America/Chicago,America/Denver,America/Los_Angeles'), (3, 225, 3, 'CA|America/Los_Angeles') $$,
  'ranges cover all positions, one quiet group each'
);
select results_eq(
  $$ select s.is_default, l.due_at <= private.clock() from private.send_lanes l join private.senders s on s.id = l.sender_id
     where l.campaign_id = pg_temp.id('a', 1) $$,
  $$ values (true, true) $$, 'and it waits for its turn at the default sender'
);
-- Hours that are never open.
insert into public.customers (user_id, phone, state) values ('b1000000-0000-4000-8000-000000000001', '+16715550100', 'RI');
select pg_temp.become('b');
insert into public.campaigns (id, name, message_body) values (pg_temp.id('b', 1), 'Guam', 'Hello');
select is((public.launch_campaign(pg_temp.id('b', 1))).total_recipients, 1, 'nobody is a recipient whose hours are never open');
select is((select skipped from public.campaigns where id = pg_temp.id('b', 1)), '{"not_textable": 1}', 'nor left out without a reason');
reset role;
select pg_temp.become('c');
select is((public.launch_campaign(pg_temp.id('a', 2))).total_recipients, 2, 'an admin launches for others, to the owner''s customers');
select is((select count(message_body)::int from public.campaign_messages where campaign_id = pg_temp.id('a', 2)), 0,
  'a text with merge fields is rendered later');
reset role;
update public.customers set first_name = 'Later' where phone in ('+14155560001', '+14155560002');
select is((select count(*)::int from public.campaign_messages where campaign_id = pg_temp.id('a', 2) and merge_values = '{"state": "TX"}'), 2,
  'with the values of the launch');
select pg_temp.become('b');
select is((select count(*)::int from public.campaign_skips where campaign_id <> pg_temp.id('b', 1)), 0, 'a stranger sees nobody left out');

-- What people may do to a status.
select pg_temp.become('a');
select throws_ok($$ update public.campaigns set status = 'draft' where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_already_launched', 'a launched campaign stays launched');
select throws_ok($$ update public.campaigns set message_body = 'Other' where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_already_launched', 'its text is frozen');
select lives_ok($$ update public.campaigns set name = 'renamed' where id = pg_temp.id('a', 1) $$, 'its name is not');
select throws_ok($$ delete from public.campaigns where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_sending', 'it is not deleted while being sent');
select throws_ok(format($$ update public.campaigns set status = %L where id = pg_temp.id('a', 3) $$, s), 'PT409', 'campaign_status_not_allowed', 'nobody sets ' || s)
  from unnest(array['sending', 'paused', 'sent', 'failed', 'canceled']) s;
select throws_ok($$ insert into public.campaigns (name, status) values ('x', 'sent') $$, 'PT409', 'campaign_status_not_allowed', 'not on insert either');
select throws_ok($$ update public.campaigns set status = 'scheduled' where id = pg_temp.id('a', 3) $$, 'PT422', 'scheduled_at_required', 'a schedule needs a time');
select throws_ok($$ update public.campaigns set status = 'scheduled', scheduled_at = now() where id = pg_temp.id('a', 4) $$, 'PT422', 'message_body_required', 'and a text');
select throws_ok($$ update public.campaigns set status = 'scheduled', scheduled_at = now() where id = pg_temp.id('a', 5) $$, 'PT422', 'message_body_too_long',
  'nor is a text too long by one code when it is launched and by another when it is scheduled');
select throws_ok($$ select public.send_campaign(pg_temp.id('a', 5), send_at => now() + interval '1 day') $$, 'PT422', 'message_body_too_long', 'whoever schedules it');
select lives_ok($$ update public.campaigns set status = 'scheduled', scheduled_at = now() where id = pg_temp.id('a', 3) $$, 'draft to scheduled');
select lives_ok($$ update public.campaigns set status = 'draft' where id = pg_temp.id('a', 3) $$, 'and back');
select throws_ok(format($$ insert into public.campaigns (name, audience) values ('x', %L) $$, a), '23514', null, 'no audience: ' || a)
  from unnest(array['{"stats": ["CA"]}', '{"states": "CA"}', '{"states": ["ca"]}', '{"status": "gone"}', '[]', '{"customer_ids": ["1"]}']) a;


-- A time to come is not overlooked.
update public.campaigns set audience = null, status = 'scheduled', scheduled_at = now() + interval '1 day' where id = pg_temp.id('a', 3);
select throws_ok($$ select public.send_campaign(pg_temp.id('a', 3)) $$, 'PT409', 'campaign_has_schedule', 'a scheduled one is not sent by accident');
reset role;
select is(private.launch_due_campaign(), null, 'it is not due');
update public.campaigns set scheduled_at = now() - interval '1 minute' where id = pg_temp.id('a', 3);
select is(private.launch_due_campaign(), pg_temp.id('a', 3), 'when it is due, it is launched');
select is(private.launch_due_campaign(), null, 'once');
select is((select status || ' ' || total_recipients from public.campaigns where id = pg_temp.id('a', 3)), 'sending 225', 'to everybody');

-- Where the function's owner may not turn the triggers off.
insert into public.campaigns (id, user_id, name, message_body)
  values (pg_temp.id('a', 13), 'a1000000-0000-4000-8000-000000000001', 'plain', 'Hello');
savepoint another_owner;
grant create on schema private to service_role;
grant all on all tables in schema public, private to service_role;
grant execute on all functions in schema public, private to service_role;
alter function private.launch_campaign(uuid, integer) owner to service_role;
select is(has_parameter_privilege('service_role', 'session_replication_role', 'set'), false, 'a service may not turn triggers off');
select lives_ok($$ select private.launch_campaign(pg_temp.id('a', 13)) $$, 'a launch needs no right to turn the triggers off');
select results_eq(
  $$ select c.status, c.pending_count, (select sum(t.n)::int from private.message_tallies t where t.campaign_id = c.id)
     from public.campaigns c where c.id = pg_temp.id('a', 13) $$,
  $$ values ('sending', 225, 225) $$, 'and counts its messages once'
);
rollback to another_owner;

-- A launch that takes too long.
insert into public.campaigns (id, user_id, name, message_body, status, scheduled_at)
  select pg_temp.id('a', n), 'a1000000-0000-4000-8000-000000000001', 'n', case n when 11 then 'slow' else 'Hello' end, 'scheduled',
    private.clock() - interval '10 minutes' + n * interval '1 second'
  from generate_series(11, 12) n;
create or replace function private.check_text(message_body text) returns void language plpgsql as $$
begin
  if message_body = 'slow' then
    perform pg_sleep(10);
  end if;
end
$$;
set local statement_timeout = '1s';
set local client_min_messages = 'error';
select is(private.launch_due_campaign(), pg_temp.id('a', 11), 'a launch that takes too long does not take the worker with it');
select is(private.launch_due_campaign(), pg_temp.id('a', 12), 'nor does it block the next one');
select is((select status from public.campaigns where id = pg_temp.id('a', 12)), 'sending', 'which does not wait');
select is(private.launch_due_campaign(), null, 'nor is it tried again at once');
select is((select status || ' ' || (launch_after > private.clock() + interval '25 seconds') from public.campaigns where id = pg_temp.id('a', 11)), 'scheduled true',
  'but half a minute later');
update public.campaigns set launch_after = private.clock() where id = pg_temp.id('a', 11);
select private.launch_due_campaign();
select is((select launch_after > private.clock() + interval '9 minutes' from public.campaigns where id = pg_temp.id('a', 11)), true, 'then not as soon');
update public.campaigns set launch_after = private.clock(), scheduled_at = private.clock() - interval '1 day' where id = pg_temp.id('a', 11);
select private.launch_due_campaign();
select is((select launch_after < private.clock() + interval '16 minutes' from public.campaigns where id = pg_temp.id('a', 11)), true, 'nor ever much later');
select is((select count(*)::int from public.campaign_messages where campaign_id = pg_temp.id('a', 11)), 0, 'and nothing is left of the attempts');

select * from finish();
rollback;
