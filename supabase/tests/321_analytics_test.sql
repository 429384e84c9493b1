-- What people see of the analytics: their own, in their time zone, in words; and what a period may be.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 12), pg_temp.make_owner('b', 3), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
update public.user_profiles set status = 'pending' where id = pg_temp.owner('d');
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims', format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
grant execute on all functions in schema pg_temp to authenticated;

-- A campaign in all its parts: of 12, one is left out, 8 sent (5 delivered, 1 failed), 1 refused, 2 in doubt or waiting.
update public.customers set status = 'inactive' where phone = pg_temp.phone('a', 12);
update public.customers set state = 'NY' where phone between pg_temp.phone('a', 1) and pg_temp.phone('a', 4);
select pg_temp.launch('a', 1), pg_temp.launch('b', 1);
create function pg_temp.news(first integer, last integer, status text, error_code integer default null) returns integer language sql as $$
  select pg_temp.record_deliveries(
    array_agg(m.id), array_agg(m.twilio_sid), array_agg(news.status), array_agg(case news.status when 'failed' then 'filtered' end),
    array_agg(news.error_code), array_agg(null::text), array_agg(false)
  )
  from (
    select m.id, m.twilio_sid from public.campaign_messages m
    where m.campaign_id = pg_temp.id('a', 1) and m.phone_number between pg_temp.phone('a', first) and pg_temp.phone('a', last) order by m.id
  ) m
$$;
create function pg_temp.send(first integer, last integer, outcome text, reason text default null) returns uuid[] language sql as $$
  select pg_temp.record(array_agg(m.id), send.outcome, send.reason, false) from public.campaign_messages m
  where m.campaign_id = pg_temp.id('a', 1) and m.phone_number between pg_temp.phone('a', first) and pg_temp.phone('a', last)
$$;
select pg_temp.set_clock('2026-12-01 20:40:10Z');
select pg_temp.take_all();
select pg_temp.send(1, 8, 'sent'), pg_temp.send(9, 9, 'failed', 'phone_changed');
select pg_temp.pass('1 minute');
select is(pg_temp.news(1, 5, 'delivered') + pg_temp.news(6, 6, 'failed', 30007), 6, 'six have an end');
select pg_temp.pass('1 minute');
select private.take_doubts(100, '1 second', '1 day');
select private.receive_inbound('SMstop', pg_temp.phone('a', 1), '+15005550006', null, 'STOP', 0, 'stop', null, null, '{}');
select private.receive_inbound('SMhi', pg_temp.phone('a', 2), '+15005550006', null, 'Is it open?', 0, 'other', null, null, '{}');
select private.receive_inbound('SMhelp', pg_temp.phone('a', 3), '+15005550006', null, 'HELP', 0, 'help', null, null, '{}');

create function pg_temp.of_campaign(zone text default null) returns jsonb language sql stable as $$
  select public.campaign_analytics(pg_temp.id('a', 1), zone)::jsonb
$$;
grant execute on all functions in schema pg_temp to authenticated;
select pg_temp.become('a');
select is(
  pg_temp.of_campaign() - array['failures', 'states', 'deliveries', 'campaign_id', 'name', 'launched_at'],
  '{"status": "sending", "time_zone": "UTC", "sent_at": null, "audience": 12, "left_out": {"inactive": 1}, "recipients": 11,
    "pending": 2, "in_doubt": 2, "waiting": 0, "waiting_until": null, "sent": 8, "delivered": 5, "undelivered": 1, "not_sent": 1,
    "delivery_rate": 0.8333, "segments": 8, "price_per_segment": 0.0125, "cost": 0.1000, "opted_out": 1, "replies": 1,
    "interval_minutes": 1}',
  'a campaign from its audience to its costs'
);
select is(
  pg_temp.of_campaign() -> 'failures',
  '[{"reason": "filtered", "error_code": 30007, "text": null, "messages": 1},
    {"reason": "phone_changed", "error_code": null, "text": "The customer has another number now.", "messages": 1}]',
  'why messages failed, in words where Twilio has none'
);
select is(
  pg_temp.of_campaign() -> 'states',
  '[{"state": "CA", "recipients": 7, "sent": 4, "delivered": 1, "undelivered": 1, "not_sent": 1, "delivery_rate": 0.5000},
    {"state": "NY", "recipients": 4, "sent": 4, "delivered": 4, "undelivered": 0, "not_sent": 0, "delivery_rate": 1.0000}]',
  'where they went'
);
select is(
  pg_temp.of_campaign('Asia/Kolkata') -> 'deliveries',
  '[{"starts_at": "2026-12-01T20:40:00.000000Z", "local_time": "2026-12-02 02:10", "sent": 8, "delivered": 0},
    {"starts_at": "2026-12-01T20:41:00.000000Z", "local_time": "2026-12-02 02:11", "sent": 0, "delivered": 5}]',
  'and when, in the viewer''s time zone'
);
select throws_ok($$ select public.campaign_analytics(pg_temp.id('b', 1)) $$, 'PT404', 'campaign_not_found', 'nobody sees another''s campaign');
select throws_ok($$ select public.campaign_analytics(pg_temp.id('a', 99)) $$, 'PT404', 'campaign_not_found', 'which looks like one that is not there');
select throws_ok($$ select public.account_analytics(pg_temp.owner('b')) $$, 'PT404', 'account_not_found', 'nor another''s account');
select throws_ok($$ select public.admin_analytics() $$, 'PT403', 'admin_required', 'nor all accounts');
select throws_ok(format('select * from private.%I', t), '42501', null, 'nor ' || t)
from unnest(array['message_tallies', 'account_tallies', 'account_quarters', 'campaign_minutes', 'campaign_outcomes', 'campaign_states']) t;
select pg_temp.become('d');
select throws_ok($$ select public.account_analytics() $$, 'PT404', 'account_not_found', 'who is not approved sees nothing');
reset role;
set local role anon;
select throws_ok($$ select public.account_analytics() $$, '42501', null, 'nor does a stranger');
select throws_ok($$ select public.campaign_analytics('a3000000-0000-4000-8000-000000000001') $$, '42501', null, 'of no campaign');
reset role;
select pg_temp.become('c');
select is((public.campaign_analytics(pg_temp.id('b', 1)) ->> 'recipients')::integer, 3, 'an admin sees every campaign');
select is(public.account_analytics(pg_temp.owner('a')) -> 'totals' ->> 'sent', '8', 'and every account');

-- An account over time. Added up or not, whatever the zone's offset: 20:40Z is the 1st in Los Angeles and the 2nd in Kolkata.
select pg_temp.become('a');
create function pg_temp.series(first text, last text, unit text, zone text) returns jsonb language sql stable as $$
  select jsonb_agg(jsonb_build_array(s -> 'starts_at', s -> 'local_time', s -> 'sent') order by s ->> 'starts_at')
  from jsonb_array_elements(public.account_analytics(null, first, last, unit, zone)::jsonb -> 'series') s
$$;
select is(
  pg_temp.series('2026-12-01', '2026-12-02', 'day', 'Asia/Kolkata'),
  '[["2026-11-30T18:30:00.000000Z", "2026-12-01", 0], ["2026-12-01T18:30:00.000000Z", "2026-12-02", 8]]',
  'days are the viewer''s, also where they begin at half past'
);
select is(
  pg_temp.series('2026-12-01', '2026-12-02', 'day', 'America/Los_Angeles'),
  '[["2026-12-01T08:00:00.000000Z", "2026-12-01", 8], ["2026-12-02T08:00:00.000000Z", "2026-12-02", 0]]', 'both days of a period are in it'
);
select is(
  pg_temp.series('2026-12-01T20:10:00Z', '2026-12-01T22:00:00Z', 'hour', 'Asia/Kathmandu'),
  '[["2026-12-01T19:15:00.000000Z", "2026-12-02 01:00", 0], ["2026-12-01T20:15:00.000000Z", "2026-12-02 02:00", 8], ["2026-12-01T21:15:00.000000Z", "2026-12-02 03:00", 0]]',
  'so are hours, also where they begin at a quarter past'
);
select is(
  jsonb_array_length(pg_temp.series('2026-10-25', '2026-10-25', 'hour', 'Europe/Berlin')), 25, 'a day on which clocks are set back has 25 hours'
);
select is(
  jsonb_array_length(pg_temp.series('2026-03-29', '2026-03-29', 'hour', 'Europe/Berlin')), 23, 'and one on which they are set forward 23'
);
select is(
  pg_temp.series('2026-10-20', '2026-12-03', 'month', 'Europe/Berlin'),
  '[["2026-09-30T22:00:00.000000Z", "2026-10-01", 0], ["2026-10-31T23:00:00.000000Z", "2026-11-01", 0], ["2026-11-30T23:00:00.000000Z", "2026-12-01", 8]]',
  'months begin at midnight, in summer and in winter'
);
select is(
  pg_temp.series('2026-11-28', '2026-12-01', 'week', 'UTC'),
  '[["2026-11-23T00:00:00.000000Z", "2026-11-23", 0], ["2026-11-30T00:00:00.000000Z", "2026-11-30", 8]]', 'weeks on Mondays'
);
select is(
  public.account_analytics(null, '2026-11-30', '2026-12-01')::jsonb -> 'totals',
  '{"sent": 8, "delivered": 5, "undelivered": 1, "delivery_rate": 0.8333, "segments": 8, "cost": 0.1000,
    "customers_added": 12, "customers_removed": 0, "opted_out": 1, "replies": 1}',
  'and the sums are of the whole account'
);
select is(jsonb_array_length(public.account_analytics()::jsonb -> 'series'), 30, 'without a word it is the last thirty days');
select is(public.account_analytics(null, null, null, 'day', 'Asia/Kolkata')::jsonb -> 'best_hours', '[2]', 'hours are the viewer''s, too');
reset role;
select private.roll_up_messages();
select pg_temp.become('a');
select is(
  pg_temp.series('2026-12-01', '2026-12-02', 'day', 'Asia/Kolkata'),
  '[["2026-11-30T18:30:00.000000Z", "2026-12-01", 0], ["2026-12-01T18:30:00.000000Z", "2026-12-02", 8]]', 'the same when it is added up'
);

-- What can't be asked.
select throws_ok(format('select public.account_analytics(null, null, null, null, %L)', zone), 'PT422', 'time_zone_unknown', 'there is no time zone ' || zone)
from unnest(array['Mars/Olympus', 'CEST', 'Foo5', 'Foo/Bar-3', '+02:00', '', 'Europe/Berlin; drop table x', repeat('x', 100), 'EST5EDT4,M3.2.0']) zone;
select lives_ok(format('select public.account_analytics(null, null, null, null, %L)', zone), 'there is ' || zone)
from unnest(array['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Etc/GMT+5', 'America/Port-au-Prince']) zone;
select throws_ok(format('select public.account_analytics(null, %L, %L)', first, last), 'PT422', 'period_invalid', format('%s to %s is no period', first, last))
from (values
  ('2026-12-02', '2026-12-01'), ('2025-10-01', '2026-12-01'), ('infinity', null), ('-infinity', null), ('now', null), ('2026-13-01', null),
  ('2026-12-01', '2026-12-01T00:00:00Z'), ('2026-12-01T00:00:00', null)
) p (first, last);
select throws_ok($$ select public.account_analytics(null, null, null, 'minute') $$, 'PT422', 'interval_unknown', 'nor by minutes');
select throws_ok($$ select public.account_analytics(null, '2026-10-01', '2026-12-01', 'hour') $$, 'PT422', 'period_invalid', 'nor many days by the hour');

-- All accounts, for admins.
reset role;
insert into private.account_limits (user_id, messages_per_day) values (pg_temp.owner('a'), 12), (pg_temp.owner('b'), 1000);
select private.roll_up_senders();
select pg_temp.become('c');
create function pg_temp.of_all(part text) returns jsonb language sql stable as $$
  select public.admin_analytics('2026-12-01', '2026-12-01')::jsonb -> part
$$;
select is(pg_temp.of_all('totals') -> 'sent', '8', 'an admin sees what all have sent');
select is(pg_temp.of_all('busiest_accounts') -> 0 ->> 'email', 'a@sending.test', 'and who the most');
select is((pg_temp.of_all('accounts') ->> 'approved')::integer, (select count(*)::integer from public.user_profiles where status = 'approved' and deleted_at is null), 'how many accounts there are');
select is(jsonb_array_length(pg_temp.of_all('queues')), 6, 'the queues');
select is(pg_temp.of_all('senders') -> 0 -> 'delivered', '5', 'the senders');
select is(
  pg_temp.of_all('failures'),
  '[{"error_code": 30007, "messages": 1, "share": 0.1429}, {"error_code": null, "messages": 1, "share": 0.1429}]', 'the failures'
);
select is(
  (select jsonb_agg(l - 'user_id') from jsonb_array_elements(pg_temp.of_all('limits_near_end')) l),
  '[{"email": "a@sending.test", "limit": "messages_per_day", "value": 12, "used": 10, "share": 0.8333}]', 'and whose limits are near their end'
);

select * from finish();
rollback;
