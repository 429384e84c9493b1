-- How senders fare: tallies of outcomes, days, alarms, and who sees them.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 10), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
update public.user_profiles set role = 'admin', status = 'pending' where id = pg_temp.owner('d');
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
create function pg_temp.sender() returns uuid language sql stable security definer as $$ select id from private.senders where is_default $$;
create function pg_temp.health(place integer default 0) returns json language sql stable as $$
  select public.list_senders() -> place -> 'health'
$$;
create function pg_temp.tally(kind text, n integer, error_code integer default null, ago interval default '0') returns void language sql as $$
  insert into private.sender_tallies (sender_id, at, kind, error_code, n)
  values (pg_temp.sender(), private.clock() - ago, tally.kind, tally.error_code, tally.n)
$$;
grant execute on all functions in schema pg_temp to authenticated;

-- Outcomes.
select pg_temp.launch('a', 1);
select is(pg_temp.take(), 10, 'ten messages are taken');
select pg_temp.record((pg_temp.of_take(1))[1:6], 'sent', null, false);
select results_eq(
  $$ select sender_id, kind, error_code, n from private.sender_tallies $$,
  $$ values (pg_temp.sender(), 'sent', null::integer, 6) $$, 'one row for all that were sent'
);
select pg_temp.record((pg_temp.of_take(1))[1:6], 'sent', null, false);
select is((select sum(n) from private.sender_tallies), 6::bigint, 'recording them again counts nothing');
delete from private.sender_tallies;
-- Twilio says of one that it failed before we could record that it took it.
select pg_temp.record_deliveries(
  (pg_temp.of_take(1))[7:7], array['SM' || md5((pg_temp.of_take(1))[7]::text || (select claim_id from taken limit 1))],
  array['failed'], array['filtered'], array[30007], array['x'], array[false]
);
delete from private.sender_tallies;
select pg_temp.record((pg_temp.of_take(1))[7:7], 'sent', null, false);
select is_empty($$ select * from private.sender_tallies $$, 'what a callback has counted as sent is not counted again');
select private.record_outcomes(
  (pg_temp.of_take(1))[8:10], array_fill((select claim_id from taken limit 1), array[3]), '{failed,failed,released}', '{null,null,null}',
  '{sender_unregistered,invalid_number,null}', '{30034,null,null}', '{x,x,null}', '{null,null,null}', '{null,null,null}', '{f,f,f}',
  '{0,0,1 minute}', '{}'
);
select results_eq(
  $$ select kind, error_code, n from private.sender_tallies order by 2 $$,
  $$ values ('failed', 30034, 1), ('failed', null, 1) $$, 'failures count by code, and what is tried again does not'
);
select pg_temp.set_clock('2026-12-02 12:00 America/Los_Angeles');
select is((select count(*) from private.roll_up_senders()), 0::bigint, 'a few messages raise no alarm');
select is_empty($$ select * from private.sender_tallies $$, 'nothing is left to fold');
select results_eq(
  $$ select day, kind, error_code, n from private.sender_days order by error_code $$,
  $$ values (date '2026-12-01', 'failed', 30034, 1::bigint), ('2026-12-01', 'failed', null, 1) $$, 'each on the day on which it happened'
);
select pg_temp.tally('failed', 2), pg_temp.tally('failed', 4, null, '1 day'), pg_temp.tally('sent', 5);
insert into private.sender_tallies (sender_id, kind, n) values (gen_random_uuid(), 'sent', 5);
select lives_ok($$ select private.roll_up_senders() $$, 'a sender that is gone breaks nothing');
select results_eq(
  $$ select day, kind, n from private.sender_days where error_code is null order by 1, 2 $$,
  $$ values (date '2026-12-01', 'failed', 5::bigint), ('2026-12-02', 'failed', 2), ('2026-12-02', 'sent', 5) $$, 'later ones are added'
);

-- Alarms.
delete from private.sender_days;
select pg_temp.tally('sent', 900), pg_temp.tally('sent', 100), pg_temp.tally('delivered', 600), pg_temp.tally('failed', 30, 30007);
select is_empty($$ select kind from private.roll_up_senders() $$, 'none at the limit');
delete from private.mails;
select pg_temp.tally('failed', 1, 30007);
select results_eq($$ select kind, value from private.roll_up_senders() $$, $$ values ('filtered', 0.031::double precision) $$, 'above it there is one');
select pg_temp.tally('failed', 50, 30007);
select is_empty($$ select kind from private.roll_up_senders() $$, 'once a day');
select pg_temp.tally('failed', 6, 30034), pg_temp.tally('failed', 5, 30032), pg_temp.tally('opted_out', 20), pg_temp.tally('failed', 11, 21610);
select set_eq(
  $$ select kind, value from private.roll_up_senders() $$,
  $$ values ('unregistered', 0.011::double precision), ('opted_out', 0.031) $$,
  'senders that are not registered have several codes; a refusal tells of an opt-out too'
);
select results_eq(
  $$ select recipient, contents from private.mails where kind = 'sender_alarm' order by contents ->> 'reason' limit 1 $$,
  $$ values ('c@sending.test', '{"reason": "filtered", "day": "2026-12-02", "percent": 3.1, "name": "+15005550006"}'::jsonb) $$,
  'admins are told'
);
select is((select count(*) from private.mails), 3::bigint, 'and nobody else');

-- Who sees what.
select is(pg_temp.health() -> 'today' ->> 'sent', '1000', 'services see everything');
select pg_temp.become('c');
select is(
  (pg_temp.health() -> 'today')::jsonb,
  '{"day": "2026-12-02", "sent": 1000, "delivered": 600, "failed": {"30007": 81, "21610": 11, "30034": 6, "30032": 5}, "opted_out": 20, "delivery_rate": 0.8535}',
  'admins see the figures of today'
);
select is(
  (pg_temp.health() -> 'yesterday')::jsonb,
  '{"day": "2026-12-01", "sent": 0, "delivered": 0, "failed": {}, "opted_out": 0, "delivery_rate": null}', 'and of a day without any'
);
select is(json_array_length(pg_temp.health() -> 'alarms'), 3, 'and the alarms');
select is(json_array_length(public.sender_days(pg_temp.sender())), 1, 'and the days on which something happened');
select is(json_array_length(public.sender_days(pg_temp.sender(), '2026-11-01', '2026-12-01')), 0, 'in a range');
select throws_ok($$ select public.sender_days(gen_random_uuid()) $$, 'PT404', 'sender_not_found', 'not of a sender that is not there');
select throws_ok($$ select public.sender_days(pg_temp.sender(), '2026-12-02', '2026-12-01') $$, 'PT422', 'days_out_of_range', 'nor backwards');
select throws_ok($$ select public.sender_days(pg_temp.sender(), '2016-12-02') $$, 'PT422', 'days_out_of_range', 'nor of ten years');
select throws_ok($$ select public.sender_days(pg_temp.sender(), '-infinity') $$, 'PT422', 'days_out_of_range', 'nor of all time');
select pg_temp.become('a');
select is((pg_temp.health() -> 'today')::jsonb, '{"day": "2026-12-02", "delivery_rate": 0.8535}', 'owners see the rate, not how much others send');
select is(json_array_length(pg_temp.health() -> 'alarms'), 3, 'and the alarms');
select throws_ok($$ select public.sender_days(pg_temp.sender()) $$, 'PT403', 'admin_required', 'but not the days');
select throws_ok($$ select * from private.sender_days $$, '42501', null, 'nor the tables');
select pg_temp.become('d');
select throws_ok($$ select public.sender_days(pg_temp.sender()) $$, 'PT403', 'admin_required', 'an admin who is not approved sees nothing');
reset role;

select * from finish();
rollback;
