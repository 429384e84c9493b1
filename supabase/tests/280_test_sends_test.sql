-- What must not happen when a campaign's text is tested.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 3), pg_temp.make_owner('b', 1), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 1);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
update public.user_profiles set status = 'pending' where id = pg_temp.owner('d');
update public.customers set first_name = 'Ann' where phone = pg_temp.phone('a', 1);
insert into public.campaigns (id, user_id, name, message_body) values
  (pg_temp.id('a', 1), pg_temp.owner('a'), 'plain', 'Hello'),
  (pg_temp.id('a', 2), pg_temp.owner('a'), 'merged', 'Hi {{ first_name }}'),
  (pg_temp.id('a', 3), pg_temp.owner('a'), 'empty', null),
  (pg_temp.id('a', 4), pg_temp.owner('a'), 'nobody', 'Hi {{ first_name | default("you") }}'),
  (pg_temp.id('d', 1), pg_temp.owner('d'), 'pending', 'Hello');
update public.campaigns set audience = '{"states": ["NY"]}' where id = pg_temp.id('a', 4);

create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
create function pg_temp.test(campaign uuid, phone text default '+14155550123', customer uuid default null) returns uuid language sql as $$
  select (public.test_campaign(campaign, phone, customer) ->> 'id')::uuid
$$;
create function pg_temp.customer(who text, n integer) returns uuid language sql security definer as $$
  select c.id from public.customers c where c.phone = pg_temp.phone(who, n)
$$;
create function pg_temp.refused(campaign uuid, phone text, code text, errcode text, what text, customer uuid default null) returns text language sql as $$
  select throws_ok(format('select pg_temp.test(%L, %L, %L)', campaign, phone, customer), errcode, code, what)
$$;
grant execute on all functions in schema pg_temp to authenticated, service_role;

-- Who and what is refused.
select pg_temp.become('b');
select pg_temp.refused(pg_temp.id('a', 1), '+14155550123', 'campaign_not_found', 'PT404', 'a stranger does not test it');
select pg_temp.become('d');
select pg_temp.refused(pg_temp.id('d', 1), '+14155550123', 'campaign_not_found', 'PT404', 'nobody tests before they are approved');
select pg_temp.become('c');
select pg_temp.refused(pg_temp.id('d', 1), '+14155550123', 'owner_not_approved', 'PT422', 'nor does an admin in their place');
reset role;
set local role anon;
select throws_ok($$ select public.test_campaign('a3000000-0000-4000-8000-000000000001', '+14155550123') $$, '42501', null, 'nobody tests without a sign-in');
reset role;
insert into private.suppressions (phone, user_id, reason, source) values
  ('+14155550188', null, 'opted_out', 'stop'), ('+14155550189', pg_temp.owner('a'), 'opted_out', 'stop'), ('+14155550190', pg_temp.owner('b'), 'opted_out', 'stop');
select pg_temp.become('a');
select pg_temp.refused(pg_temp.id('a', 1), number, 'phone_invalid', 'PT422', format('%s is not texted', coalesce(quote_literal(number), 'null')))
  from unnest(array['4155550123', '+1 415 555 0123', '+04155550123', 'tel:+14155550123', '+1', '', null]) number;
select pg_temp.refused(pg_temp.id('a', 1), '+18005550123', 'phone_not_textable', 'PT422', 'a toll-free number is not texted');
select pg_temp.refused(pg_temp.id('a', 1), number, 'country_not_allowed', 'PT422', 'a country that is not allowed is not texted: ' || number)
  from unnest(array['+442071838750', '+881612345678', '+18765550123']) number;
select pg_temp.refused(pg_temp.id('a', 1), number, 'phone_suppressed', 'PT422', 'a suppressed number is not texted: ' || number)
  from unnest(array['+14155550188', '+14155550189']) number;
select pg_temp.refused(pg_temp.id('a', 3), '+14155550123', 'message_body_required', 'PT422', 'no text is not sent');
select pg_temp.refused(pg_temp.id('a', 2), '+14155550123', 'customer_not_found', 'PT404', 'another owner''s customer does not fill the fields', pg_temp.customer('b', 1));
select pg_temp.refused(pg_temp.id('a', 1), '+14155550123', 'customer_not_found', 'PT404', 'nor does one of nobody''s', gen_random_uuid());
reset role;
insert into private.account_limits (user_id, messages_per_day) values (pg_temp.owner('a'), 0);
select pg_temp.become('a');
select pg_temp.refused(pg_temp.id('a', 1), '+14155550123', 'daily_limit_exceeded', 'PT422', 'who may send nothing today sends no test');
reset role;
delete from private.account_limits;
select is_empty($$ select from private.test_sends $$, 'what is refused does not count');
select is_empty($$ select from public.campaigns where test_of is not null $$, 'nor does it leave anything behind');

-- A test is not delayed, and goes the way of every message.
select pg_temp.set_clock('2026-12-01 03:00 America/Los_Angeles');
select pg_temp.become('a');
create temp table tests as
  select pg_temp.test(pg_temp.id('a', 1)) as plain, pg_temp.test(pg_temp.id('a', 2)) as first_recipient,
    pg_temp.test(pg_temp.id('a', 2), '+14155550124', pg_temp.customer('a', 1)) as named, pg_temp.test(pg_temp.id('a', 4)) as nobody,
    pg_temp.test(pg_temp.id('a', 1), '+14155550190') as of_another;
grant select on tests to authenticated;
reset role;
select is((select status from public.campaigns where id = pg_temp.id('a', 1)), 'draft', 'a test does not launch its campaign');
select is((select merge_values from public.campaign_messages where campaign_id = (select plain from tests)), null, 'a text without fields has no values');
select is((select merge_values ->> 'first_name' from public.campaign_messages where campaign_id = (select named from tests)), 'Ann', 'the values are not anybody else''s than the customer''s');
select ok(
  (select merge_values ->> 'state' = 'CA' from public.campaign_messages where campaign_id = (select first_recipient from tests)),
  'nor, without a customer, than a recipient''s'
);
select is((select merge_values from public.campaign_messages where campaign_id = (select nobody from tests)), '{}', 'a test of a text for nobody does not fail');
select is((select messages from private.used_today(pg_temp.owner('a'), private.clock())), 5::bigint, 'none is forgotten by the limits of the day');
select is(pg_temp.misplaced(), 0::bigint, 'no test stands in two places, or in none');
select is(pg_temp.take_all(), 5, 'no test waits for quiet hours');
select is((select count(distinct message_id)::integer from taken), 5, 'nor is one taken twice');
select pg_temp.record(array(select message_id from taken), 'sent');
select is(pg_temp.take_all(), 0, 'nor after it was sent');
select is((select array_agg(distinct status) from public.campaigns where test_of is not null), '{sent}', 'none stays open');
select is_empty($$ select from private.mails where kind like 'campaign%' $$, 'nobody gets a mail about it');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off');

-- Nobody sees it among campaigns.
select pg_temp.become(who) from (values ('a')) w (who);
select is((select count(*)::integer from public.campaigns), 4, 'a test is not among its owner''s campaigns');
select is_empty($$ select from public.campaign_messages $$, 'nor its message among theirs');
select is_empty($$ update public.campaigns set name = 'mine' where id = (select plain from tests) returning 1 $$, 'nor is it changed');
select is_empty($$ delete from public.campaigns where id = (select plain from tests) returning 1 $$, 'nor deleted');
select throws_ok(format('select public.%s_campaign(%L)', verb, (select plain from tests)), 'PT404', 'campaign_not_found', 'nobody does ' || verb || ' a test')
  from unnest(array['send', 'pause', 'resume', 'cancel', 'duplicate', 'preview']) verb;
select pg_temp.refused((select plain from tests), '+14155550123', 'campaign_not_found', 'PT404', 'nor tests a test');
select throws_ok($$ update public.campaigns set test_of = id $$, '42501', null, 'nobody hides a campaign as a test');
select results_eq(
  $$ select t ->> 'status', t ->> 'to', t ->> 'body' from public.get_test(pg_temp.id('a', 1), (select plain from tests)) t $$,
  $$ values ('sent', '+14155550123', 'Hello') $$, 'its result is not hidden from who asked for it'
);
select is(json_array_length(public.list_tests(pg_temp.id('a', 1))), 2, 'nor is the list of them');
select throws_ok($$ select public.get_test(pg_temp.id('a', 2), (select plain from tests)) $$, 'PT404', 'test_not_found', 'a test is not another campaign''s');
select pg_temp.become('b');
select throws_ok($$ select public.get_test(pg_temp.id('a', 1), (select plain from tests)) $$, 'PT404', 'campaign_not_found', 'a stranger does not see it');
select throws_ok($$ select public.list_tests(pg_temp.id('a', 1)) $$, 'PT404', 'campaign_not_found', 'nor the list');
select pg_temp.become('c');
select is_empty($$ select from public.campaigns where test_of is not null $$, 'it is not in an admin''s lists either');
select is_empty($$ select from public.campaign_messages where phone_number = '+14155550123' $$, 'nor is its message');

-- The limit.
select pg_temp.become('a');
select count(pg_temp.test(pg_temp.id('a', 1))) from generate_series(1, 15);
select pg_temp.refused(pg_temp.id('a', 1), '+14155550123', 'too_many_tests', 'PT429', 'nobody gets a 21st test within an hour');
select pg_temp.refused(pg_temp.id('a', 2), '+14155550124', 'too_many_tests', 'PT429', 'not with another campaign or number either');
delete from public.campaigns where id = pg_temp.id('a', 1);
select pg_temp.refused(pg_temp.id('a', 2), '+14155550123', 'too_many_tests', 'PT429', 'deleting the campaign does not reset the limit');
reset role;
select is((select count(*)::integer from public.campaigns where test_of = pg_temp.id('a', 1)), 0, 'its tests do not outlive a campaign');
select is((select count(*)::integer from private.message_archive where phone_number in ('+14155550123', '+14155550190')), 2, 'but what was sent is not forgotten');
select pg_temp.become('c');
select isnt(pg_temp.test(pg_temp.id('a', 2)), null, 'an owner''s limit does not bind an admin');
reset role;
select pg_temp.pass('1 hour');
select pg_temp.become('a');
select isnt(pg_temp.test(pg_temp.id('a', 2)), null, 'an hour later nobody waits any longer');

-- What changes after it was asked for.
reset role;
select pg_temp.take_all();
select pg_temp.become('a');
create temp table late as select pg_temp.test(pg_temp.id('a', 2), '+14155550133') as id, pg_temp.test(pg_temp.id('a', 2), '+14155550134') as lost;
grant select on late to authenticated;
reset role;
insert into private.suppressions (phone, reason, source) values ('+14155550133', 'opted_out', 'stop');
delete from private.send_ranges where campaign_id = (select lost from late);
select pg_temp.take_all();
select is((select reason from public.campaign_messages where campaign_id = (select id from late)), 'suppressed', 'who opts out meanwhile is not texted');
select is(private.remake_work((select lost from late)), 1, 'a test whose work was lost does not hang');
select is(pg_temp.take_all(), 1, 'it is sent after all');

select pg_temp.become('a');
create temp table rejected as select pg_temp.test(pg_temp.id('a', 2), '+14155550135') as id;
reset role;
update public.user_profiles set status = 'rejected' where id = pg_temp.owner('a');
select is(pg_temp.take_all(), 0, 'a rejected owner''s test is not sent');
update public.user_profiles set status = 'approved' where id = pg_temp.owner('a');
select private.keep_campaigns_moving();
select is(pg_temp.take_all(), 0, 'nor when they are approved again');
select is((select reason from public.campaign_messages where campaign_id = (select id from rejected)), 'campaign_canceled', 'nor does it hang');

-- A doubt: the owner is a customer too, and Twilio shows one text that may be the test's or the campaign's.
select pg_temp.become('b');
insert into public.campaigns (id, name, message_body) values (pg_temp.id('b', 1), 'both', 'Hello');
create temp table both_ways as select pg_temp.test(pg_temp.id('b', 1), pg_temp.phone('b', 1)) as id;
grant select on both_ways to authenticated;
reset role;
select pg_temp.set_clock('2026-12-02 12:00 America/Los_Angeles');
select private.launch_campaign(pg_temp.id('b', 1));
select is(pg_temp.take_all(), 2, 'both are on their way');
select is(
  (select private.settle_doubt(t.claim_id, t.message_id, array['SM1'], null) from taken t where t.campaign_id = c.id), 'contested',
  'one text of Twilio''s is not given to ' || c.what || ' while it may be the other''s'
)
from (select id, 'the test' as what from both_ways union all select pg_temp.id('b', 1), 'the campaign') c;

-- Whose request came twice.
select pg_temp.become('b');
create temp table repeated as
  select public.test_campaign(pg_temp.id('b', 1), '+14155550123', idempotency_key => 'a-key') ->> 'id' as id from generate_series(1, 2);
select is((select count(distinct id)::integer from repeated), 1, 'a test whose request comes twice is not another test');
select throws_ok(
  format('select public.test_campaign(%L, %L, idempotency_key => %L)', pg_temp.id('b', 1), '+14155550124', 'a-key'),
  'PT422', 'idempotency_key_reused', 'nor is it the answer to another request'
);
reset role;
select is(pg_temp.take_all(), 1, 'and texts nobody twice');

-- A frequency cap.
update private.frequency_cap_for_all set max_messages = 1;
insert into private.message_archive (message_id, owner_id, phone_number, status, sent_at)
  values (gen_random_uuid(), pg_temp.owner('b'), '+14155550177', 'sent', private.clock());
select pg_temp.become('b');
select pg_temp.test(pg_temp.id('b', 1), '+14155550177');
reset role;
select is(pg_temp.take_all(), 1, 'a test does not wait for a frequency cap');

select * from finish();
rollback;
