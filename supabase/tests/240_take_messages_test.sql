-- What must not happen when messages are taken.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 3000), pg_temp.make_owner('b', 3000);
create function pg_temp.sender() returns uuid language sql as $$ select id from private.senders where is_default $$;
-- Leaves no trace but the assertions.
create function pg_temp.start_over() returns void language plpgsql as $$
begin
  delete from public.campaigns;
  perform pg_temp.lift_all();
  update public.customers set status = 'active' where status <> 'active';
  update public.customers set phone = pg_temp.phone('a', 1) where phone = '+14159999999';
  insert into public.customers (user_id, phone, state) values (pg_temp.owner('a'), pg_temp.phone('a', 7), 'CA') on conflict do nothing;
  truncate taken, takes restart identity;
  update private.senders set segments_per_second = null, free_at = '-infinity', held_until = '-infinity', hold_reason = null,
    troubles = 0, probing = false;
  perform pg_temp.set_clock('2026-12-01 12:00 America/Los_Angeles');
end
$$;

-- Failures pause nothing here.
update private.breaker_limits set failed_ratio = 1;

-- Fairness.
select pg_temp.launch('a', 1), pg_temp.launch('b', 1, 1);
select pg_temp.take(), pg_temp.take();
select is(pg_temp.taken_of(pg_temp.id('b', 1)), 1, 'one message does not wait behind 3,000 of another owner''s: it is in the second take');
select pg_temp.start_over();
select pg_temp.launch('a', 1);
select count(pg_temp.take()) from generate_series(1, 10);
select pg_temp.launch('b', 1, 1);
select pg_temp.take(), pg_temp.take();
select is(pg_temp.taken_of(pg_temp.id('b', 1)), 1, 'nor when the other owner''s has been going on for a while');

select pg_temp.start_over();
select pg_temp.launch('a', 1), pg_temp.launch('a', 2), pg_temp.launch('b', 1);
select count(pg_temp.take(50)) from generate_series(1, 80);
select cmp_ok(abs(pg_temp.taken_of(pg_temp.id('b', 1)) - 2000), '<=', 100, 'an owner''s second campaign takes nothing from other owners');
select cmp_ok(abs(pg_temp.taken_of(pg_temp.id('a', n)) - 1000), '<=', 100, format('campaign %s does not starve beside its owner''s other one', n))
  from generate_series(1, 2) n;

select pg_temp.start_over();
select pg_temp.launch('a', 1, 3000), pg_temp.launch('b', 1);
update private.send_ranges set due_at = private.clock() + interval '1 hour' where campaign_id = pg_temp.id('a', 1);
select count(pg_temp.take(50)) from generate_series(1, 21);
select is(pg_temp.taken_of(pg_temp.id('a', 1)), 0, 'what waits is not taken');
select pg_temp.pass('1 hour');
select count(pg_temp.take(50)) from generate_series(1, 20);
select cmp_ok(abs(pg_temp.taken_of(pg_temp.id('a', 1)) - 500), '<=', 50, 'a campaign that wakes does not make up for its sleep at the others'' cost');

-- Segments count, not messages.
select pg_temp.start_over();
select pg_temp.launch('a', 1, null, repeat('long ', 80)), pg_temp.launch('b', 1);
select count(pg_temp.take(20)) from generate_series(1, 80);
select cmp_ok(pg_temp.taken_of(pg_temp.id('b', 1)) / 20, '>=', 58, 'texts of three segments do not take three times their share');

-- Pace.
select pg_temp.start_over();
select private.register_sender('+15005550006', null, 10);
select pg_temp.launch('a', 1);
do $$
declare
  began constant timestamptz := private.clock();
begin
  for step in 0..599 loop
    perform pg_temp.set_clock(began + step * interval '50 milliseconds');
    while pg_temp.take() > 0 loop end loop;
  end loop;
end
$$;
select cmp_ok(pg_temp.taken_of(pg_temp.id('a', 1)), '>=', 285, 'at 10 segments a second, not fewer than 300 - 5 % in 30 s');
select cmp_ok(pg_temp.taken_of(pg_temp.id('a', 1)), '<=', 315, 'nor more than 300 + 5 %');
select cmp_ok((select max(messages) from takes), '<=', 2, 'no take is larger than a quarter of a second''s worth');
select cmp_ok((select max(wait_seconds) from takes where messages = 0), '<=', 1.0::double precision, 'no wait is longer than the rate asks for');
select pg_temp.pass('1 minute');
do $$ begin while pg_temp.take() > 0 loop end loop; end $$;
select cmp_ok(pg_temp.taken_of(pg_temp.id('a', 1)), '<=', 322, 'after a minute of nothing, not more than half a second is caught up with');
update private.senders set segments_per_second = 1e12, free_at = '-infinity';
select is(pg_temp.take(30), 30, 'an enormous rate breaks nothing');

-- Nothing twice.
select pg_temp.start_over();
select pg_temp.launch('a', 1), pg_temp.launch('b', 1, 500);
select is(pg_temp.take_all(70), 3500, 'nobody is left out');
select is((select count(distinct (campaign_id, "position"))::integer from taken), 3500, 'nobody is taken twice');
select is(pg_temp.misplaced(), 0::bigint, 'no message stands in two places, or in none');
select is((select count(*)::integer from private.send_ranges), 0, 'nothing is left of the ranges');

select pg_temp.start_over();
select pg_temp.launch('a', 1, 1000);
create temp table fates (message_id uuid, fate text, take integer);
do $$
declare
  this integer;
  places bigint;
begin
  loop
    if pg_temp.take(37) = 0 then
      exit when not exists (select from private.send_retries);
      if (select max(n) from takes) > 1000 then
        raise exception 'retries are never taken';
      end if;
      perform pg_temp.pass('1 minute');
      continue;
    end if;
    this := pg_temp.last_take();
    insert into fates select t.message_id, (array['sent', 'failed', 'released', 'released'])[1 + abs(hashtext(t.message_id::text || this)) % 4], this
      from taken t where t.take = this;
    -- The last of them ends the claim.
    perform pg_temp.record(array(select f.message_id from fates f join taken t using (message_id) where t.take = this and f.take = this and f.fate = 'released'),
      'released', 'rate_limited', false, '30 seconds');
    perform pg_temp.record(array(select f.message_id from fates f where f.take = this and f.fate = 'failed'), 'failed', 'landline', false);
    perform pg_temp.record(array(select f.message_id from fates f where f.take = this and f.fate = 'sent'), 'sent', null, false);
    delete from private.send_claims c where c.id in (select t.claim_id from taken t where t.take = this);
    places := pg_temp.misplaced();
    if places <> 0 then
      raise exception 'take %: % messages stand in two places, or in none', this, places;
    end if;
  end loop;
end
$$;
select is_empty(
  $$ select t.message_id from taken t left join fates f on f.message_id = t.message_id and f.fate = 'released'
     group by 1 having count(distinct t.take) <> 1 + count(distinct (f.ctid)) $$,
  'no message is taken more often than once and once for each release'
);
select results_eq(
  $$ select count(*)::integer, count(*) filter (where fate <> 'released')::integer, (count(*) filter (where fate = 'released') > 0) from fates $$,
  $$ select count(*)::integer, 1000, true from taken $$, 'none is lost on the way'
);
select is((select status from public.campaigns where id = pg_temp.id('a', 1)), 'sent', 'and the campaign does not stay open');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off after sent, failed and released');
select is((select count(*)::integer from private.send_claims), 0, 'no claim stays behind');

-- Released while another part of its claim is still open.
select pg_temp.start_over();
select pg_temp.launch('a', 1, 10);
select pg_temp.take(10);
select pg_temp.record(array(select message_id from taken where "position" <= 3), 'released', 'rate_limited', false);
select is((select array(select unnest(positions) order by 1) from private.send_claims), array[4, 5, 6, 7, 8, 9, 10], 'a released message does not stay in its claim');
select pg_temp.record(array(select message_id from taken where "position" <= 3), 'released', 'rate_limited', false);
select is((select count(*)::integer from private.send_retries), 3, 'nor does it become two retries if it is told twice');
select is(pg_temp.take(10), 3, 'it alone is taken again');
select private.record_outcomes(
  array_agg(t.message_id), array_agg(t.claim_id), array_agg('released'::text), array_agg(null::text), array_agg(null::text), array_agg(null::integer),
  array_agg(null::text), array_agg(null::text), array_agg(null::smallint), array_agg(false), array_agg('0'::interval), '{}'
) from taken t where t.take = 1 and t."position" <= 3;
select is((select count(*)::integer from private.send_retries), 0, 'a late release of the first claim does not release what the second has');
select is(pg_temp.misplaced(), 0::bigint, 'so no message stands in two places');

-- Claims outlive a crash of the database.
select pg_temp.start_over();
select pg_temp.launch('a', 1, 10);
set local synchronous_commit = off;
select is(pg_temp.take(5), 5, 'where commits don''t wait for the disk');
select is(current_setting('synchronous_commit'), 'on', 'a claim is not lost with them');

-- What stops the takes at once.
select pg_temp.start_over();
select pg_temp.launch('a', 1);
select is(pg_temp.take(10), 10, 'before');
select public.pause_campaign(pg_temp.id('a', 1));
select is(pg_temp.take(), 0, 'nothing is taken of a paused campaign');
select public.resume_campaign(pg_temp.id('a', 1));
select is(pg_temp.take(10), 10, 'resuming it forgets nobody');
select is((select min("position") from taken where take = pg_temp.last_take()), 11, 'and begins with nobody again');
update private.sending_switch set stopped_at = now(), reason = 'test';
select is(pg_temp.take(), 0, 'nothing is taken while everything is stopped');
select cmp_ok((select wait_seconds from takes where n = pg_temp.last_take()), '<=', 5::double precision, 'nor is it long forgotten to look again');
update private.sending_switch set stopped_at = null, reason = null;
select is(pg_temp.take(10), 10, 'before a rejection');
update public.user_profiles set status = 'rejected' where id = pg_temp.owner('a');
select is(pg_temp.take(), 0, 'nothing is taken of a rejected owner''s');
update public.campaigns set status = 'sending' where id = pg_temp.id('a', 1);
select is(pg_temp.take(), 0, 'not even of a campaign that somehow is still being sent');
update public.user_profiles set status = 'approved' where id = pg_temp.owner('a');
select is(pg_temp.take(10), 10, 'before a cancel');
select public.cancel_campaign(pg_temp.id('a', 1));
select is(pg_temp.take(), 0, 'nothing is taken of a canceled campaign');
select is(private.keep_campaigns_moving(), false, 'clearing up 2,960 messages does not take long');
select is(pg_temp.take(), 0, 'nor is anything taken afterwards');
select is((select pending_count from public.campaigns where id = pg_temp.id('a', 1)), 40, 'what has been taken is not called canceled');
select pg_temp.record(array(select message_id from taken limit 5), 'released', 'rate_limited', false);
select private.keep_campaigns_moving();
select is((select count(*)::integer from public.campaign_messages where reason = 'campaign_canceled'), 2965, 'what comes back of it does not stay pending');
select is(pg_temp.take(), 0, 'nor is it taken');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off after a cancel');

-- Who must not be texted any more.
select pg_temp.start_over();
select pg_temp.launch('a', 1, 10);
update public.customers set phone = '+14159999999' where phone = pg_temp.phone('a', 1);
update public.customers set status = 'inactive' where phone = pg_temp.phone('a', 2);
insert into private.suppressions (phone, reason, source) values (pg_temp.phone('a', 3), 'opted_out', 'stop');
insert into private.suppressions (phone, user_id, reason, source) values
  (pg_temp.phone('a', 4), pg_temp.owner('a'), 'opted_out', 'stop'), (pg_temp.phone('a', 5), pg_temp.owner('b'), 'opted_out', 'stop');
select private.suppress(pg_temp.phone('a', 6), null, 'opted_out', 'stop');
select private.lift_suppressions(pg_temp.phone('a', 6), null, '{opted_out}', 'start', 'START');
delete from public.customers where phone = pg_temp.phone('a', 7);
select is(pg_temp.take(), 5, 'not more than those who may be texted are taken');
select results_eq(
  $$ select right(m.phone_number, 2)::integer, m.status, m.reason, m.error_message is not null, m.id in (select message_id from taken)
     from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 1) and right(m.phone_number, 2)::integer <= 6 order by 1 $$,
  $$ values
    (1, 'failed', 'phone_changed', true, false), (2, 'failed', 'customer_inactive', true, false), (3, 'failed', 'suppressed', true, false),
    (4, 'failed', 'suppressed', true, false), (5, 'pending', null, false, true), (6, 'pending', null, false, true) $$,
  'no changed number, inactive customer or suppressed number is texted, and none without its reason'
);
select results_eq(
  $$ select total_recipients, failed_count, skipped_count, pending_count from public.campaigns where id = pg_temp.id('a', 1) $$,
  $$ values (9, 4, 4, 5) $$, 'a customer who is gone counts no more'
);
select pg_temp.record(pg_temp.of_take(pg_temp.last_take()), 'released', 'rate_limited');
insert into private.suppressions (phone, reason, source) values (pg_temp.phone('a', 8), 'opted_out', 'stop');
select is(pg_temp.take(), 4, 'who opts out between two tries gets no second one');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off after those');

select pg_temp.start_over();
select pg_temp.launch('a', 1);
insert into private.suppressions (phone, reason, source) select phone_number, 'opted_out', 'stop' from public.campaign_messages;
select is(pg_temp.take_all(), 0, 'a take does not end up with nothing because all are suppressed');
do $$ begin for i in 1..20 loop perform pg_temp.take(); end loop; end $$;
select results_eq(
  $$ select status, failure_reason, skipped_count from public.campaigns where id = pg_temp.id('a', 1) $$,
  $$ values ('failed', 'nothing_sent', 3000) $$, 'nor does the campaign hang'
);

-- Quiet hours.
select pg_temp.start_over();
select pg_temp.set_clock('2026-12-01 03:00 America/Los_Angeles');
select pg_temp.launch('a', 1, 300);
select is(pg_temp.take(), 0, 'nobody is texted at three in the morning');
select is((select due_at from private.send_lanes), '2026-12-01 08:00 America/Los_Angeles'::timestamptz, 'nor does anybody ask again before eight');
select pg_temp.set_clock('2026-12-01 07:59:58 America/Los_Angeles');
select is(pg_temp.take(), 0, 'nor a moment before the window opens');
select cmp_ok((select wait_seconds from takes where n = pg_temp.last_take()), '<=', 2::double precision, 'nor is that moment slept through');
select pg_temp.set_clock('2026-12-01 08:00:01 America/Los_Angeles');
select is(pg_temp.take(50), 50, 'nobody waits once it is open');
select ok(
  (select bool_and(t.validity_seconds between 36000 - 10 and 36000) from taken t where t.take = pg_temp.last_take()),
  'Twilio does not keep a text for longer than it can (ten hours)'
);
select pg_temp.set_clock('2026-12-01 20:50 America/Los_Angeles');
select is(pg_temp.take(50), 50, 'ten minutes before the end it is not too late');
select ok(
  (select bool_and(t.validity_seconds between 590 and 600) from taken t where t.take = pg_temp.last_take()),
  'but Twilio does not keep a text beyond the end of the window'
);
select pg_temp.record(pg_temp.of_take(pg_temp.last_take()), 'released', 'rate_limited', true, '20 minutes');
select pg_temp.set_clock('2026-12-01 20:59:30 America/Los_Angeles');
select is(pg_temp.take(), 0, 'nothing is taken in the last minute');
select pg_temp.set_clock('2026-12-01 22:00 America/Los_Angeles');
select is(pg_temp.take(), 0, 'no retry goes out at night, nor does the rest');
select is((select count(*)::integer from private.send_retries where due_at = '2026-12-02 08:00 America/Los_Angeles'), 50, 'the retries wait');
select pg_temp.set_clock('2026-12-02 08:00:01 America/Los_Angeles');
select is(pg_temp.take_all(), 250, 'and are not forgotten in the morning');
select is(pg_temp.misplaced(), 0::bigint, 'no message stands in two places after all that waiting');
select pg_temp.start_over();
select pg_temp.set_clock('2026-12-01 03:00 America/Los_Angeles');
insert into public.customers (user_id, phone) values (pg_temp.owner('b'), '+442079460100');
select public.set_account_limits(pg_temp.owner('b'), '{"countries": ["US", "GB"]}');
select pg_temp.launch('b', 1);
select is(pg_temp.take(), 1, 'a country whose hours we do not know does not wait for California''s');
delete from public.customers where phone = '+442079460100';
insert into public.campaigns (id, user_id, name, message_body, quiet_hours) values (pg_temp.id('b', 2), pg_temp.owner('b'), 'any hour', 'Hello', false);
select private.launch_campaign(pg_temp.id('b', 2));
select is(pg_temp.take(), 100, 'a campaign without quiet hours does not wait');
select is((select max(validity_seconds) from taken where take = pg_temp.last_take()), null, 'nor end');

-- Holds.
select pg_temp.start_over();
select pg_temp.launch('a', 1);
create function pg_temp.hold() returns double precision language sql as $$
  select extract(epoch from private.hold_sender(pg_temp.sender(), 'twilio_busy', '10 seconds', '1 minute', true) - private.clock())
$$;
select cmp_ok(pg_temp.hold(), '<=', 10::double precision, 'the first hold is not longer than asked for');
select is((select troubles from private.senders where id = pg_temp.sender()), 1, 'it counts');
select cmp_ok(pg_temp.hold(), '<=', 10.1::double precision, 'requests that fail side by side do not double it');
select is((select troubles from private.senders where id = pg_temp.sender()), 1, 'nor do they count twice');
select is(pg_temp.take(), 0, 'nothing is taken during a hold');
select cmp_ok((select wait_seconds from takes where n = pg_temp.last_take()), '<=', 10::double precision, 'nor is its end slept through');
select pg_temp.pass('11 seconds');
select is(pg_temp.take(), 1, 'after it, not more than one is tried');
select is((select is_probe from taken where take = pg_temp.last_take()), true, 'which does not look like any other');
select is(pg_temp.take(), 0, 'nothing else is taken until its answer');
select cmp_ok(pg_temp.hold(), '>', 19::double precision, 'if that fails, the next hold is not as short');
select is(pg_temp.take(), 0, 'nothing is taken then either');
select pg_temp.pass('21 seconds');
select is(pg_temp.take(), 1, 'another one is tried');
select pg_temp.pass('16 seconds');
select is(pg_temp.take(), 1, 'a probe without an answer does not stop everything for ever');
select pg_temp.hold(), pg_temp.pass('10 minutes'), pg_temp.take(), pg_temp.hold(), pg_temp.pass('10 minutes'), pg_temp.take();
select cmp_ok(pg_temp.hold(), '<=', 60::double precision, 'no hold is longer than the longest');
select private.free_sender(pg_temp.sender());
select is(pg_temp.take(), 100, 'a request that went through leaves nothing of the hold');
select is((select max(is_probe::integer) from taken where take = pg_temp.last_take()), 0, 'these are no probes');

-- Lost work.
select pg_temp.start_over();
select pg_temp.launch('a', 1, 50);
select pg_temp.take(10);
delete from private.send_ranges;
select is(pg_temp.take(), 0, 'lost');
update public.campaigns set updated_at = private.clock() - interval '30 seconds' where id = pg_temp.id('a', 1);
select private.keep_campaigns_moving('1 minute');
select is((select count(*)::integer from private.send_retries), 0, 'nothing is called lost too early');
update public.campaigns set updated_at = private.clock() - interval '2 minutes' where id = pg_temp.id('a', 1);
select private.keep_campaigns_moving('1 minute');
select is((select count(*)::integer from private.send_retries), 40, 'lost work does not stay lost, and what a worker has is not made work again');
select is(pg_temp.take_all(), 40, 'nor does it wait');
select is((select count(distinct message_id)::integer from taken), 50, 'and nobody is taken twice by it');
update public.campaigns set updated_at = private.clock() - interval '2 minutes' where id = pg_temp.id('a', 1);
select private.keep_campaigns_moving('1 minute');
select is((select count(*)::integer from private.send_retries), 0, 'what is taken is not lost');

select pg_temp.start_over();
select pg_temp.set_clock('2026-12-01 22:00 America/Los_Angeles');
select pg_temp.launch('a', 1, 50);
delete from private.send_ranges;
update public.campaigns set updated_at = private.clock() - interval '2 minutes' where id = pg_temp.id('a', 1);
select private.keep_campaigns_moving('1 minute');
select is(pg_temp.take(), 0, 'lost work that is found at night is not sent at night');
select pg_temp.set_clock('2026-12-02 08:01 America/Los_Angeles');
select is(pg_temp.take(), 50, 'but is not forgotten in the morning');

-- A lane that sleeps although there is work.
select pg_temp.start_over();
select pg_temp.launch('a', 1, 50);
update private.send_lanes set due_at = 'infinity';
update public.campaigns set updated_at = private.clock() - interval '2 minutes' where id = pg_temp.id('a', 1);
select private.keep_campaigns_moving('1 minute');
select is(pg_temp.take(), 50, 'no campaign sleeps for ever beside its work');
select pg_temp.record(pg_temp.of_take(pg_temp.last_take()), 'sent');
select private.keep_campaigns_moving();
select is((select count(*)::integer from private.send_lanes where due_at < 'infinity'), 0, 'an ended campaign does not stand in the line for ever');
select cmp_ok(private.seconds_until_work(private.clock()), '>=', 60::double precision, 'nor does it make the workers ask more often');

-- A row that no launch has written.
select pg_temp.start_over();
select pg_temp.launch('a', 1, 5), pg_temp.launch('a', 2, 5);
insert into public.campaign_messages (campaign_id, customer_id, phone_number)
  select pg_temp.id('a', 1), c.id, c.phone from public.customers c where c.phone = pg_temp.phone('a', 9);
delete from private.send_ranges;
update public.campaigns set updated_at = private.clock() - interval '2 minutes';
select lives_ok('select private.keep_campaigns_moving(''1 minute'')', 'a message without a position does not stop the work of all');
select is(pg_temp.take_all(), 10, 'nor anybody else''s');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off after everything');

select * from finish();
rollback;
