-- Doubts: when Twilio may or may not have a message. Nothing is sent twice, nothing is called lost too early, and what is
-- proved absent is tried again. Also what record_outcomes leaves alone.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 40);
update private.breaker_limits set failed_ratio = 1;
-- Messages that take_doubts returned, by the look.
create temp table looks (look integer, claim_id bigint, message_id uuid, "position" integer, may_be_absent boolean, looks integer, body text);
create function pg_temp.look(again_after interval default '1 minute', at_most integer default 20) returns integer language sql as $$
  with answer as (select * from private.take_doubts(at_most, again_after, '24 hours')),
  kept as (
    insert into looks
    select (select coalesce(max(look), 0) + 1 from looks), a.claim_id, a.message_id, a."position", a.may_be_absent, a.looks, a.body from answer a
    returning 1
  )
  select count(*)::integer from kept
$$;
create function pg_temp.last_look() returns integer language sql as $$ select max(look) from looks $$;
create function pg_temp.settle(message uuid, sids text[], newest text[] default null, body text default null, segments smallint default null) returns text language sql as $$
  select private.settle_doubt(
    coalesce((
      select c.id from private.send_claims c join public.campaign_messages m on m.id = message
      where c.campaign_id = m.campaign_id and m.position = any (c.positions)
    ), (select max(t.claim_id) from taken t where t.message_id = message)),
    message, sids, newest, body, segments
  )
$$;
-- Something of ours that Twilio took a while after the claims so far, and whose sid its list shows.
create function pg_temp.later_sid() returns text language sql as $$
  insert into public.campaign_messages (campaign_id, customer_id, phone_number, status, twilio_sid, sent_at)
  select null, c.id, c.phone, 'sent', 'SMlater' || clock_timestamp(), private.clock() from public.customers c where c.phone = pg_temp.phone('a', 40)
  returning twilio_sid
$$;

-- When.
select pg_temp.launch('a', 1, 12);
select is(pg_temp.take(20), 12, 'twelve are taken');
select is(pg_temp.look(), 0, 'nothing is in doubt at once');
select pg_temp.pass('44 seconds');
select is(pg_temp.look(), 0, 'nor before doubt_at');
select pg_temp.record(array(select pg_temp.message('a', 1, n) from generate_series(9, 12) n), 'sent', null, false);
select pg_temp.pass('2 seconds');
select is(pg_temp.look(), 8, 'after it, what has no outcome');
select is((select count(*)::integer from looks where may_be_absent), 0, 'the first look proves no absence');
select is((select cardinality(positions) from private.send_claims), 8, 'the claim keeps what is open');
select results_eq(
  $$ select reason, in_doubt_since is not null, count(*)::integer from public.campaign_messages where status = 'pending' group by 1, 2 $$,
  $$ values ('in_doubt', true, 8) $$, 'the messages say so'
);
select is(pg_temp.look(), 0, 'nobody looks again at once');
select is(pg_temp.take(), 0, 'and nobody takes them');
select is(private.keep_campaigns_moving('0'), false, 'nor are they lost work');
select is((select count(*)::integer from private.send_retries), 0, 'which would be sent again');
select pg_temp.pass('61 seconds');
select is(pg_temp.look(), 8, 'the second look');
select is((select bool_or(may_be_absent) from looks where look = pg_temp.last_look()), false, 'proves no absence less than ten minutes after the claim');
select pg_temp.pass('10 minutes');
select is(pg_temp.look(), 8, 'a later one');
select is((select bool_or(may_be_absent) from looks where look = pg_temp.last_look()), false, 'proves none either if no look before had a result');
select private.settle_doubt(l.claim_id, l.message_id, '{}', null) from looks l
  where l.look = pg_temp.last_look() and l.message_id <> pg_temp.message('a', 1, 1);
select pg_temp.pass('10 minutes');
select is(pg_temp.look(), 8, 'one after a look that has found nothing');
select results_eq(
  $$ select may_be_absent, count(*)::integer from looks where look = pg_temp.last_look() group by 1 order by 1 $$,
  $$ values (false, 1), (true, 7) $$, 'may, but not for the one that was not looked for then'
);

-- A first look that is late proves nothing either.
select pg_temp.launch('a', 2, 3);
select pg_temp.take(10);
select pg_temp.pass('1 hour');
select pg_temp.look();
select is(
  (select bool_or(l.may_be_absent) from looks l join taken t on t.message_id = l.message_id
   where l.look = pg_temp.last_look() and t.campaign_id = pg_temp.id('a', 2)),
  false, 'the first look proves no absence, however late'
);

-- Settling. In doubt are customers 1 to 3 in both campaigns, and 4 to 8 in the first.
create function pg_temp.doubt(n integer) returns uuid language sql as $$
  select pg_temp.message('a', 1, n)
$$;
select is(pg_temp.settle(pg_temp.doubt(4), '{}'), 'unknown', 'nothing found and nothing proved');
select is((select status from public.campaign_messages where id = pg_temp.doubt(4)), 'pending', 'changes nothing');
select is(pg_temp.settle(pg_temp.doubt(4), '{}', array['SMother']), 'unknown', 'a list of others'' messages proves nothing');
select is(pg_temp.settle(pg_temp.doubt(4), '{}', array['SM' || md5(pg_temp.doubt(9)::text || (select claim_id from taken where message_id = pg_temp.doubt(9)))]),
  'unknown', 'nor does one that shows nothing of ours from after the claim');
select is(pg_temp.settle(pg_temp.message('a', 2, n), array['SMfree' || n]), 'contested', 'one sid for two messages in doubt is nobody''s')
  from generate_series(1, 3) n;
select is(pg_temp.settle(pg_temp.message('a', 2, n), array['SMfirst' || n, 'SMsecond' || n]), 'sent', 'two sids are enough for two')
  from generate_series(1, 3) n;
select is(pg_temp.settle(pg_temp.message('a', 1, 1), array['SMfirst1']), 'unknown', 'but the first is given to one of them');
select is(pg_temp.settle(pg_temp.message('a', 1, 1), array['SMfirst1', 'SMsecond1']), 'sent', 'the other gets the second');
select is((select twilio_sid from public.campaign_messages where id = pg_temp.message('a', 1, 1)), 'SMsecond1', 'and not the first');
select is(pg_temp.settle(pg_temp.doubt(5), array['SMseven', 'SMseven2'], null, 'Hello Ada', 2::smallint), 'sent', 'found: sent');
select results_eq(
  $$ select status, twilio_sid, sent_at is not null, in_doubt_since, reason from public.campaign_messages where id = pg_temp.doubt(5) $$,
  $$ values ('sent', 'SMseven', true, null::timestamptz, null::text) $$, 'with the oldest sid, and no doubt'
);
select results_eq(
  $$ select message_body, segments from public.campaign_messages where id = pg_temp.doubt(5) $$,
  $$ values ('Hello Ada', 2::smallint) $$, 'and with the text that was sent, so that it counts'
);
select is(pg_temp.settle(pg_temp.doubt(5), array['SMseven3']), 'settled', 'once');
select is(pg_temp.settle(pg_temp.doubt(6), array['SMseven']), 'unknown', 'a sid that is another message''s is no proof');
select is(pg_temp.settle(pg_temp.doubt(9), array['SMx']), 'settled', 'what was recorded is settled');
select is(pg_temp.settle(gen_random_uuid(), array['SMx']), 'settled', 'and so is what is gone');

-- Absent.
select is(pg_temp.settle(pg_temp.doubt(7), '{}', array[pg_temp.later_sid()]), 'absent', 'a list that shows what Twilio took later proves the absence');
select results_eq(
  $$ select status, attempts, in_doubt_since, reason from public.campaign_messages where id = pg_temp.doubt(7) $$,
  $$ values ('pending', 1, null::timestamptz, null::text) $$, 'it is pending again'
);
select results_eq(
  $$ select m.id from private.send_retries r join public.campaign_messages m using (campaign_id, position) $$, $$ values (pg_temp.doubt(7)) $$,
  'among the retries'
);
select is(pg_temp.misplaced(), 0::bigint, 'and in no claim');
select is(pg_temp.settle(pg_temp.doubt(7), '{}', array[pg_temp.later_sid()]), 'settled', 'it is absent once');
select is(pg_temp.take(), 1, 'it is taken again');
select is((select message_id from taken where take = pg_temp.last_take()), pg_temp.doubt(7), 'it alone');
select is(pg_temp.take(), 0, 'once');
select is(
  private.settle_doubt((select min(claim_id) from taken where message_id = pg_temp.doubt(7)), pg_temp.doubt(7), '{}', array[pg_temp.later_sid()]),
  'settled', 'who still looks at the first claim settles nothing'
);
select is((select count(*)::integer from private.send_retries), 0, 'and makes no second retry');
select is(pg_temp.misplaced(), 0::bigint, 'no message stands in two places');

-- Five times.
do $$
declare
  answer text;
begin
  for n in 2..4 loop
    perform pg_temp.pass('1 hour');
    answer := pg_temp.settle(pg_temp.doubt(7), '{}', array[pg_temp.later_sid()]);
    if answer <> 'absent' or pg_temp.take() <> 1 then
      raise exception 'absence % is %', n, answer;
    end if;
  end loop;
end
$$;
select pg_temp.pass('1 hour');
select is((select attempts from public.campaign_messages where id = pg_temp.doubt(7)), 4, 'four absences');
select is(pg_temp.settle(pg_temp.doubt(7), '{}', array[pg_temp.later_sid()]), 'absent', 'and a fifth');
select results_eq(
  $$ select status, reason, error_message is not null from public.campaign_messages where id = pg_temp.doubt(7) $$,
  $$ values ('failed', 'outcome_unknown', true) $$, 'fail it'
);
select is((select count(*)::integer from private.send_retries), 0, 'instead of trying it again');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

-- Paused, canceled.
select public.pause_campaign(pg_temp.id('a', 1));
select is(pg_temp.settle(pg_temp.doubt(8), '{}', array[pg_temp.later_sid()]), 'absent', 'doubts are settled while the campaign is paused');
select is(pg_temp.take(), 0, 'but not sent');
select public.cancel_campaign(pg_temp.id('a', 1));
do $$ begin while private.keep_campaigns_moving() loop end loop; end $$;
select is((select reason from public.campaign_messages where id = pg_temp.doubt(8)), 'campaign_canceled', 'and canceled with it');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

-- Giving up.
select pg_temp.launch('a', 3, 5);
select pg_temp.take(10);
select pg_temp.pass('23 hours');
select cmp_ok(pg_temp.look(), '>=', 5, 'after 23 hours it is still in doubt');
select pg_temp.pass('2 hours');
select is((select count(*)::integer from private.take_doubts(20, '1 minute', '24 hours') d join public.campaign_messages m on m.id = d.message_id
  where m.campaign_id = pg_temp.id('a', 3)), 0, 'after a day nobody asks any more');
select results_eq(
  $$ select status, reason, count(*)::integer from public.campaign_messages where campaign_id = pg_temp.id('a', 3) group by 1, 2 $$,
  $$ values ('failed', 'outcome_unknown', 5) $$, 'it has failed'
);
select is((select status from public.campaigns where id = pg_temp.id('a', 3)), 'failed', 'the campaign ends');
select is((select count(*)::integer from private.send_claims where campaign_id = pg_temp.id('a', 3)), 0, 'the claim is gone');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

-- After more than a day without any worker.
select pg_temp.launch('a', 7, 2);
select pg_temp.take(10);
select pg_temp.pass('25 hours');
select is(pg_temp.look(), 2, 'nothing is given up that nobody has looked for');
select is(
  (select pg_temp.settle(m.id, array['SMlong ago']) from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 7) and m.position = 1),
  'sent', 'what Twilio has is found'
);
select ok(
  (select m.sent_at < private.clock() - interval '24 hours' from public.campaign_messages m where m.twilio_sid = 'SMlong ago'),
  'and was not sent when we learned it: in Twilio''s list it proves nothing about what was claimed with it'
);
select pg_temp.pass('1 hour');
select pg_temp.look();
select is((select m.status from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 7) and m.position = 2), 'failed', 'the other is given up');

-- What a person says that Twilio has takes Twilio's word all the same.
select pg_temp.launch('a', 8, 1);
select pg_temp.take(10);
select pg_temp.pass('1 minute');
select pg_temp.look();
select public.resolve_message(m.id, 'sent') is null from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 8);
select private.record_deliveries(array[row(m.id, 'SMresolved', 'failed', 'unreachable', 30005, null, false)::private.delivery_news])
from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 8);
select results_eq(
  $$ select m.status, m.twilio_sid, m.error_code from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 8) $$,
  $$ values ('failed', 'SMresolved', 30005) $$, 'a callback about it is not lost'
);
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

-- A claim of which everything has an outcome.
select pg_temp.launch('a', 4, 5);
select pg_temp.take(10);
select pg_temp.record(pg_temp.of_take(pg_temp.last_take()), 'sent', null, false);
select is((select count(*)::integer from private.send_claims where campaign_id = pg_temp.id('a', 4)), 1, 'a worker ended before its claim');
select pg_temp.pass('1 minute');
select is(pg_temp.look(), 0, 'nothing of it is in doubt');
select is((select count(*)::integer from private.send_claims where campaign_id = pg_temp.id('a', 4)), 0, 'and it is cleared away');

-- Late and double answers.
select pg_temp.launch('a', 5, 5);
select pg_temp.take(10);
create function pg_temp.nth(n integer) returns uuid language sql as $$
  select id from public.campaign_messages where campaign_id = pg_temp.id('a', 5) and position = n
$$;
update public.campaign_messages set status = 'delivered', twilio_sid = 'SMcallback', sent_at = now(), delivered_at = now() where id = pg_temp.nth(1);
select is(pg_temp.record(array[pg_temp.nth(1)], 'failed', 'timeout', false), null, 'a late failure');
select results_eq(
  $$ select status, twilio_sid, reason, error_message from public.campaign_messages where id = pg_temp.nth(1) $$,
  $$ values ('delivered', 'SMcallback', null::text, null::text) $$, 'does not overwrite what a callback said'
);
select pg_temp.record(array[pg_temp.nth(1)], 'released', 'rate_limited', false);
select is((select count(*)::integer from private.send_retries where campaign_id = pg_temp.id('a', 5)), 0, 'nor is it tried again');
select is(pg_temp.record(array[pg_temp.nth(1)], 'sent', null, false), array[pg_temp.nth(1)], 'a second sid for the same message is told');
select results_eq(
  $$ select m.twilio_sid, m.status, a.sid <> m.twilio_sid, a.reason from public.campaign_messages m
     join private.message_attempts a on a.message_id = m.id where m.id = pg_temp.nth(1) $$,
  $$ values ('SMcallback', 'delivered', true, 'sent_twice') $$, 'and kept beside the first'
);
select is(pg_temp.record(array[pg_temp.nth(1)], 'sent', null, false), array[pg_temp.nth(1)], 'also if it is told twice');
select is((select count(*)::integer from private.message_attempts), 1, 'it is one');
select is(pg_temp.record(array[pg_temp.nth(2)], 'sent', null, false), null, 'a first sid');
select is(pg_temp.record(array[pg_temp.nth(2)], 'sent', null, false), null, 'is the same when it is told twice');
select is((select sent_count from public.campaigns where id = pg_temp.id('a', 5)), 2, 'and counts once');
select pg_temp.record(array[pg_temp.nth(3)], 'failed', 'landline', false);
select pg_temp.record(array[pg_temp.nth(3)], 'sent', null, false);
select is((select status from public.campaign_messages where id = pg_temp.nth(3)), 'failed', 'a status that is final stays');
select is(private.record_outcomes('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'), null, 'nothing is nothing');
select lives_ok(
  $$ select private.record_outcomes(array[pg_temp.nth(4)], array[t.claim_id], '{failed}', array[null], '{opted_out}', '{21610}', '{Stopped.}',
       array[null], array[null]::smallint[], '{true}', '{0}', array[t.claim_id]) from taken t where t.message_id = pg_temp.nth(4) $$,
  'a recipient who has stopped us'
);
select results_eq(
  $$ select s.user_id, s.reason, s.source, s.evidence ->> 'error_code' from private.suppressions s
     join public.campaign_messages m on m.phone_number = s.phone where m.id = pg_temp.nth(4) $$,
  $$ values (null::uuid, 'opted_out', 'twilio', '21610') $$, 'is suppressed, with the evidence'
);
select is(private.apply_suppressions(), 1, 'a moment later');
select is((select c.status from public.customers c join public.campaign_messages m on m.customer_id = c.id where m.id = pg_temp.nth(4)),
  'inactive', 'the customer is inactive');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

-- Deleted while under way.
delete from public.campaigns;
delete from private.message_archive;
delete from public.customers where user_id = pg_temp.owner('a') and status = 'inactive';
select pg_temp.launch('a', 6, 10);
select pg_temp.take(6);
delete from public.customers where user_id = pg_temp.owner('a');
select results_eq(
  $$ select a.message_id, a.status, a.claim_id, a.claimed_at is not null, a.owner_id, a.phone_number is not null
     from private.message_archive a where a.campaign_id = pg_temp.id('a', 6) order by 1 $$,
  $$ select t.message_id, 'pending', t.claim_id, true, pg_temp.owner('a'), true from taken t where t.campaign_id = pg_temp.id('a', 6) order by 1 $$,
  'what is deleted while it is under way does not vanish without a record; what nobody has taken leaves none'
);

select * from finish();
rollback;
