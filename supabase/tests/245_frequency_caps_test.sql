-- What frequency caps must prevent, and what they must leave alone.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

-- Customer 1 lives in Florida, the others in California. It is noon in Los Angeles, so both may be texted.
create function pg_temp.start_over() returns void language plpgsql as $$
begin
  delete from public.campaigns;
  delete from private.message_archive;
  update private.frequency_cap_for_all set max_messages = null, window_hours = 24;
  truncate taken, takes restart identity;
  perform pg_temp.set_clock('2026-12-01 12:00 America/Los_Angeles');
end
$$;
select pg_temp.make_owner('a', 3), pg_temp.make_owner('b', 1);
update public.customers set state = 'FL' where phone = pg_temp.phone('a', 1);
update private.breaker_limits set failed_ratio = 1;
-- Everything that was taken and has no outcome.
create function pg_temp.under_way() returns uuid[] language sql as $$
  select array_agg(t.message_id) from taken t join private.send_claims c on c.id = t.claim_id
$$;
-- Launches a campaign, takes all of it that may go, and sends that. Returns how many.
create function pg_temp.send(n integer, who text default 'a') returns integer language plpgsql as $$
declare
  got integer;
begin
  perform pg_temp.launch(who, n);
  got := pg_temp.take_all();
  perform pg_temp.record(pg_temp.under_way(), 'sent');
  return got;
end
$$;
create function pg_temp.what_waits() returns table (n integer, status text, reason text, due_at timestamptz) language sql as $$
  select right(m.campaign_id::text, 2)::integer, m.status, m.reason, r.due_at
  from private.send_retries r join public.campaign_messages m using (campaign_id, position) order by 1
$$;

-- A state's cap.
select is(array(select pg_temp.send(n) from generate_series(1, 3) n), array[3, 3, 3], 'three texts in a day are not too many');
select pg_temp.pass('1 hour');
select is(pg_temp.send(4), 2, 'nobody in Florida gets a fourth');
select results_eq(
  $$ select n, status, reason, date_trunc('minute', due_at) from pg_temp.what_waits() $$,
  $$ values (4, 'pending', 'frequency_cap', '2026-12-02 12:00 America/Los_Angeles'::timestamptz) $$,
  'it does not fail, nor is it forgotten: it waits until the first is a day old, and says why'
);
select is((select status from public.campaigns where id = pg_temp.id('a', 4)), 'sending', 'nor does its campaign end without it');
select is(pg_temp.misplaced(), 0::bigint, 'no message stands in two places, or in none');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off');
select is(pg_temp.take_all(), 0, 'it is not taken in the meantime');
select is(private.keep_campaigns_moving('0'), false, 'nor taken for lost work');
select is((select count(*)::integer from pg_temp.what_waits()), 1, 'which would be taken at once');
select pg_temp.set_clock('2026-12-02 11:59:59 America/Los_Angeles');
select is(pg_temp.take_all(), 0, 'nor a moment too early');
select pg_temp.set_clock('2026-12-02 12:00:02 America/Los_Angeles');
select is(pg_temp.take_all(), 1, 'it does not wait any longer than that');
select pg_temp.record(pg_temp.under_way(), 'sent');
select is((select status from public.campaigns where id = pg_temp.id('a', 4)), 'sent', 'and its campaign does not stay open');
select is((select reason from public.campaign_messages where id = pg_temp.message('a', 4, 1)), null, 'nor does the reason stay');
select is(pg_temp.send(5), 3, 'those of yesterday do not count today');

-- The window moves on, text by text.
select pg_temp.start_over();
select pg_temp.send(n), pg_temp.pass('1 hour') from generate_series(1, 3) n;
select is(array(select pg_temp.send(n) from generate_series(4, 5) n), array[2, 2], 'neither a fourth nor a fifth goes out');
select pg_temp.set_clock('2026-12-02 12:00:02 America/Los_Angeles');
select is(pg_temp.take_all(), 1, 'when one has become too old, not more than one goes out');
select pg_temp.record(pg_temp.under_way(), 'sent');
select is(pg_temp.take_all(), 0, 'and not another');
select is((select date_trunc('minute', due_at) from pg_temp.what_waits()), '2026-12-02 13:00 America/Los_Angeles'::timestamptz,
  'which does not wait longer than for the second');

-- Several at once.
select pg_temp.start_over();
select pg_temp.launch('a', n) from generate_series(1, 5) n;
select pg_temp.take_all();
select is((select count(*)::integer from taken t join public.campaign_messages m on m.id = t.message_id where m.phone_number = pg_temp.phone('a', 1)), 3,
  'five campaigns under way at once do not slip past the cap');
select is((select count(*)::integer from taken), 13, 'others lack none');
select pg_temp.pass('1 minute');
select count(*) from private.take_doubts(100, '1 minute', '24 hours');
select pg_temp.launch('a', 6);
select is(pg_temp.take_all(), 2, 'nor does one pass while the others are in doubt');

-- A test has one session: but what makes the other one wait is there until this one commits.
select isnt_empty(
  $$ select from pg_locks l, (select hashtextextended('take_messages' || pg_temp.owner('a'), 0) as key) k
     where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295 $$,
  'nor does a take of the same owner from another sender pass by while the first has not committed'
);

-- What counts.
select pg_temp.start_over();
select pg_temp.send(n) from generate_series(1, 3) n;
update public.campaign_messages set status = 'failed', reason = 'undelivered' where campaign_id = pg_temp.id('a', 3);
select is(pg_temp.send(4), 2, 'what the carrier did not deliver was an attempt all the same');
select pg_temp.start_over();
select pg_temp.send(n) from generate_series(1, 2) n;
select pg_temp.launch('a', 3), pg_temp.take_all();
select pg_temp.record(pg_temp.under_way(), 'failed', 'landline');
select is(pg_temp.send(4), 3, 'but what Twilio did not take does not count');
select pg_temp.start_over();
select pg_temp.send(n) from generate_series(1, 3) n;
delete from public.customers where phone = pg_temp.phone('a', 1);
insert into public.customers (user_id, phone, state) values (pg_temp.owner('a'), pg_temp.phone('a', 1), 'FL');
select is(pg_temp.send(4), 2, 'whoever is deleted and imported again does not begin anew');
update private.message_archive set owner_id = pg_temp.owner('b');
select is(pg_temp.send(5), 3, 'what another owner sent does not count');

-- Where the states come from.
select pg_temp.start_over();
create function pg_temp.send_at_any_hour(n integer) returns integer language plpgsql as $$
declare
  got integer;
begin
  insert into public.campaigns (id, user_id, name, message_body, quiet_hours) values (pg_temp.id('a', n), pg_temp.owner('a'), 'any hour', 'Hello', false);
  perform private.launch_campaign(pg_temp.id('a', n));
  got := pg_temp.take_all();
  perform pg_temp.record(pg_temp.under_way(), 'sent');
  return got;
end
$$;
select is(array(select pg_temp.send_at_any_hour(n) from generate_series(1, 4) n), array[3, 3, 3, 2], 'who has no quiet hours has the cap');
update public.customers set state = null, phone = '+13055550100' where phone = pg_temp.phone('a', 1);
select pg_temp.start_over();
select is(array(select pg_temp.send_at_any_hour(n) from generate_series(1, 4) n), array[3, 3, 3, 2], 'also who has no state, but an area code there');
select pg_temp.start_over();
select is(array(select pg_temp.send(n) from generate_series(1, 4) n), array[3, 3, 3, 2], 'and at the usual hours');
select pg_temp.start_over();
update public.customers set state = 'FL', phone = pg_temp.phone('a', 1) where phone = '+13055550100';

-- Night falls on what waits.
select pg_temp.set_clock('2026-12-01 16:50 America/Los_Angeles');
select pg_temp.send(n) from generate_series(1, 4) n;
select pg_temp.set_clock('2026-12-02 17:00 America/Los_Angeles');
select is(pg_temp.take_all(), 0, 'what may go again, but not at this hour, does not go');
select is((select due_at from pg_temp.what_waits()), '2026-12-03 08:00 America/Los_Angeles'::timestamptz, 'before the morning');

-- The cap for everybody.
select pg_temp.start_over();
select is(array(select pg_temp.send(n, 'b') from generate_series(1, 6) n), array[1, 1, 1, 1, 1, 1], 'unless somebody sets a cap, California has none');
select pg_temp.start_over();
update private.frequency_cap_for_all set max_messages = 2, window_hours = 48;
select is(array(select pg_temp.send(n) from generate_series(1, 2) n), array[3, 3], 'two of two');
select is(pg_temp.send(3), 0, 'nobody anywhere gets a third');
select pg_temp.pass('25 hours');
select is(pg_temp.take_all(), 0, 'a day later neither, as the strictest cap decides');
select pg_temp.pass('24 hours');
select is(pg_temp.take_all(), 3, 'two days later nobody waits any more');
select pg_temp.start_over();
update private.frequency_cap_for_all set max_messages = 5;
select is(array(select pg_temp.send(n) from generate_series(1, 6) n), array[3, 3, 3, 2, 2, 0], 'a cap for everybody does not loosen a state''s');

-- What becomes of it otherwise.
select pg_temp.start_over();
select pg_temp.send(n) from generate_series(1, 4) n;
insert into private.suppressions (phone, reason, source) values (pg_temp.phone('a', 1), 'opted_out', 'stop');
select pg_temp.pass('24 hours');
select is(pg_temp.take_all(), 0, 'who opts out while a text waits does not get it');
select is((select reason from public.campaign_messages where id = pg_temp.message('a', 4, 1)), 'suppressed', 'and it does not say that it waits');
select pg_temp.lift_all();
select pg_temp.start_over();
select pg_temp.send(n) from generate_series(1, 4) n;
select public.cancel_campaign(pg_temp.id('a', 4));
do $$ begin while private.keep_campaigns_moving() loop end loop; end $$;
select is((select status || ' ' || reason from public.campaign_messages where id = pg_temp.message('a', 4, 1)), 'failed campaign_canceled',
  'what waits is not forgotten when its campaign is canceled');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off after all that');

select * from finish();
rollback;
