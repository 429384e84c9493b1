-- What must not happen when people text us.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 10), pg_temp.make_owner('b', 5);
create function pg_temp.say(phone text, keyword text, sid text default null, words text default null, our_number text default '+15005550006')
returns text language sql as $$
  select r.acted_on || coalesce(': ' || r.answer, '')
  from private.receive_inbound(
    coalesce(sid, 'SM' || md5(random()::text)), phone, our_number, null, coalesce(words, keyword), 0, keyword,
    'Stopped.', 'Help is here.', ''
  ) r
$$;
create function pg_temp.reasons(phone text) returns text[] language sql as $$
  select array_agg(s.reason || '/' || s.source || coalesce('/' || left(s.user_id::text, 1), '') order by s.since, s.id)
  from private.suppressions s where s.phone = reasons.phone and s.lifted_at is null
$$;
create function pg_temp.consents(phone text) returns text[] language sql as $$
  select array_agg(e.action || '/' || e.source order by e.sequence) from private.consent_events e where e.phone = consents.phone
$$;
create function pg_temp.states(phone text) returns text[] language sql as $$
  select array_agg(m.status || coalesce('/' || m.reason, '') order by m.campaign_id)
  from public.campaign_messages m where m.phone_number = states.phone
$$;
grant execute on all functions in schema pg_temp to authenticated, service_role;

-- STOP.
select pg_temp.launch('a', 1), pg_temp.launch('a', 2), pg_temp.launch('a', 3, 1);
select pg_temp.take(2);
update public.campaigns set status = 'paused', paused_at = now(), pause_reason = 'owner' where id = pg_temp.id('a', 2);
create temp table claimed as select m.phone_number as phone from taken t join public.campaign_messages m on m.id = t.message_id limit 1;
create temp table numbers as select
  (select phone from claimed) as claimed,
  (select c.phone from public.customers c where c.user_id = pg_temp.owner('a') and c.phone > pg_temp.phone('a', 1)
    and c.phone not in (select m.phone_number from taken t join public.campaign_messages m on m.id = t.message_id) order by 1 limit 1) as free;
select is(pg_temp.say((select free from numbers), 'stop', 'SM1'), 'stop: Stopped.', 'a STOP is not left without an answer');
select is(pg_temp.states((select free from numbers)), '{failed/suppressed,failed/suppressed}', 'no campaign goes on texting, a paused one neither');
select is(pg_temp.reasons((select free from numbers)), '{opted_out/stop}', 'nobody texts the number any more');
select is(pg_temp.consents((select free from numbers)), '{revoked/inbound}', 'the revocation is not forgotten');
select is(
  (select c.status || '/' || c.inactive_reason from public.customers c where c.phone = (select free from numbers)), 'inactive/opted_out',
  'nor does the customer look as if they could be texted'
);
select is((select sum(n)::integer from private.sender_tallies where kind = 'opted_out'), 1, 'the sender''s tally does not miss it');
select ok(not private.sends_may_begin((select free from numbers)), 'what nobody has claimed can''t begin');
select is(pg_temp.say((select free from numbers), 'stop', 'SM1'), 'stop: Stopped.', 'a repeat is not answered otherwise');
select is(pg_temp.consents((select free from numbers)), '{revoked/inbound}', 'nor recorded twice');
select is(pg_temp.say((select free from numbers), 'stop'), 'stop', 'a second STOP is not confirmed again');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off');
select is(pg_temp.misplaced(), 0::bigint, 'no message stands in two places, or in none');

select pg_temp.say((select claimed from numbers), 'stop');
-- However slow the machine is.
update private.send_claims set claimed_at = private.clock();
select ok(private.sends_may_begin((select claimed from numbers)), 'a message that was claimed just now may still begin');
select ok('pending' = any (pg_temp.states((select claimed from numbers))), 'it does not fail under the worker''s hands');
select pg_temp.pass('1.4 seconds');
select ok(not private.sends_may_begin((select claimed from numbers)), 'later it may not');
select pg_temp.record(array(select message_id from taken), 'sent');
update public.campaigns set status = 'sending', paused_at = null, pause_reason = null where id = pg_temp.id('a', 2);
select pg_temp.take_all();
select is_empty(
  $$ select from taken t join public.campaign_messages m on m.id = t.message_id where t.take > 1 and m.phone_number in (select claimed from numbers union select free from numbers) $$,
  'no take gives anybody''s number who stopped to a worker'
);

-- START.
select is(pg_temp.say((select free from numbers), 'start'), 'start', 'START is not answered by us');
select is(pg_temp.reasons((select free from numbers)), null, 'nothing of what STOP set stays');
select is(pg_temp.consents((select free from numbers)), '{revoked/inbound,revoked/inbound,given/inbound}', 'START is not a consent that nobody can show');
select is((select status from public.customers where phone = (select free from numbers)), 'active', 'the customer does not stay inactive');
select is(
  array(select private.has_consent((select free from numbers), p.id) from public.user_profiles p
    where p.id in (pg_temp.owner('a'), pg_temp.owner('b')) order by p.id = private.owner_of_number((select free from numbers)) desc),
  '{t,f}', 'a consent to one account is none to another'
);
select is(pg_temp.say((select free from numbers), 'start'), 'other', 'a START with nothing to lift is no START');
select is(pg_temp.consents((select free from numbers)), '{revoked/inbound,revoked/inbound,given/inbound}', 'nor a consent');
select private.suppress(p.phone, p.owner, p.reason, p.source) from (values
  (pg_temp.phone('b', 1), null::uuid, 'invalid_number', 'twilio'), (pg_temp.phone('b', 1), pg_temp.owner('b'), 'manual', 'person'),
  (pg_temp.phone('b', 1), pg_temp.owner('b'), 'declined', 'import'), (pg_temp.phone('b', 1), null, 'complaint', 'person'),
  (pg_temp.phone('b', 2), null, 'opted_out', 'twilio'), (pg_temp.phone('b', 3), null, 'opted_out', 'person')
) p (phone, owner, reason, source);
select pg_temp.say(pg_temp.phone('b', 1), 'stop');
select pg_temp.say(pg_temp.phone('b', n), 'start') from generate_series(1, 3) n;
select ok(
  pg_temp.reasons(pg_temp.phone('b', 1)) @> '{invalid_number/twilio,manual/person/b,declined/import/b,complaint/person}' and
  cardinality(pg_temp.reasons(pg_temp.phone('b', 1))) = 4, 'START lifts nothing that STOP did not set'
);
select is(pg_temp.reasons(pg_temp.phone('b', 2)), null, 'what Twilio reported as an opt-out is not left behind');
select is(pg_temp.reasons(pg_temp.phone('b', 3)), '{opted_out/person}', 'an admin''s opt-out is not lifted by START');

-- HELP and the rest.
select is(pg_temp.say(pg_temp.phone('b', 4), 'help'), 'help: Help is here.', 'HELP is not left without an answer');
select is(pg_temp.say(pg_temp.phone('b', 4), 'other', words => 'When do you open?'), 'other', 'an ordinary message is not answered automatically');
select is(pg_temp.reasons(pg_temp.phone('b', 4)), null, 'neither suppresses anybody');
select is((select count(*)::integer from public.conversation_messages where direction = 'in'), 11, 'no message is dropped, STOP neither, and no repeat kept');
select is((select unread_count from public.conversations where phone = pg_temp.phone('b', 4)), 2, 'no unread message is overlooked');

-- Words of their own.
select is(pg_temp.say(pg_temp.phone('b', 5), 'likely_revocation', words => 'please stop texting me'), 'likely_revocation', 'likely words are not answered');
select is(pg_temp.reasons(pg_temp.phone('b', 5)), '{likely_revoked/words/b}', 'nobody is texted before a person has decided');
select is(pg_temp.consents(pg_temp.phone('b', 5)), null, 'nothing is revoked that nobody has decided');
select results_eq(
  format('select needs_review, review_by from public.conversations where phone = %L', pg_temp.phone('b', 5)),
  $$ values (true, (select created_at + interval '14 days' from public.conversation_messages where keyword = 'likely_revocation')) $$,
  'the deadline is not later than ten business days'
);
select pg_temp.pass('2 days');
select pg_temp.say(pg_temp.phone('b', 5), 'likely_revocation', words => 'I said stop texting me');
select is(
  (select review_by from public.conversations where phone = pg_temp.phone('b', 5)),
  (select min(created_at) + interval '14 days' from public.conversation_messages where keyword = 'likely_revocation'),
  'saying it again does not put it off'
);
select pg_temp.say(pg_temp.phone('b', 5), 'start');
select is(pg_temp.reasons(pg_temp.phone('b', 5)), '{likely_revoked/words/b}', 'START does not decide for the person');
select pg_temp.say(pg_temp.phone('b', 5), 'stop');
select ok((select not needs_review and revoked from public.conversations where phone = pg_temp.phone('b', 5)), 'after STOP nobody has to decide');
select is(pg_temp.reasons(pg_temp.phone('b', 5)), '{opted_out/stop}', 'and nothing but STOP holds');
select is(
  (select c.inactive_reason from public.customers c where c.phone = pg_temp.phone('b', 5)), 'opted_out', 'as the customer says'
);
select is(pg_temp.say(pg_temp.phone('b', 5), 'start'), 'start', 'which START ends');
select ok(private.may_text(pg_temp.phone('b', 5), pg_temp.owner('b')), 'for good');
select is((select c.status from public.customers c where c.phone = pg_temp.phone('b', 5)), 'active', 'for the customer too');
select pg_temp.say(pg_temp.phone('b', 5), 'stop');
select is(private.business_days_after(at, n), wanted, format('%s business days after %s are not another day', n, at))
from (values
  ('2026-11-28 10:00 UTC'::timestamptz, 1, '2026-11-30 10:00 UTC'::timestamptz), ('2026-11-27 10:00 UTC', 1, '2026-11-30 10:00 UTC'),
  ('2026-11-27 10:00 UTC', 10, '2026-12-11 10:00 UTC'), ('2026-11-30 23:59 UTC', 10, '2026-12-14 23:59 UTC'), ('2026-11-29 00:00 UTC', 5, '2026-12-04 00:00 UTC')
) d (at, n, wanted);

-- Whose it is.
select is(pg_temp.say('+14155559901', 'stop'), 'stop: Stopped.', 'a stranger''s STOP counts');
select is(pg_temp.reasons('+14155559901'), '{opted_out/stop}', 'whoever imports the number later does not text it');
insert into private.message_archive (message_id, owner_id, phone_number, status, sent_at) values
  (gen_random_uuid(), pg_temp.owner('a'), '+14155559902', 'sent', '2026-11-01'), (gen_random_uuid(), pg_temp.owner('b'), '+14155559902', 'sent', '2026-11-02'),
  (gen_random_uuid(), gen_random_uuid(), '+14155559903', 'sent', '2026-11-02');
select pg_temp.say('+1415555990' || n, 'other') from generate_series(1, 3) n;
select results_eq(
  $$ select user_id from public.conversations where phone like '+1415555990_' order by phone $$,
  array[null, pg_temp.owner('b'), null], 'no conversation belongs to anybody but the customer''s owner or who texted last'
);
select is(pg_temp.say('8080', 'stop'), 'stop: Stopped.', 'a short code does not break it');

-- What is locked or gone elsewhere does not stop it.
select pg_temp.launch('a', 4, 3);
select pg_temp.take(3);
create temp table deleted as select m.phone_number as phone, m.customer_id from taken t join public.campaign_messages m on m.id = t.message_id
  where t.campaign_id = pg_temp.id('a', 4) limit 1;
delete from public.customers where id = (select customer_id from deleted);
select pg_temp.say((select phone from deleted), 'stop');
select ok(private.sends_may_begin((select phone from deleted)), 'what was deleted under a worker''s hands is waited for');
select pg_temp.pass('1.4 seconds');
select ok(not private.sends_may_begin((select phone from deleted)), 'but not for long');
insert into private.waiting_consents (phone, action, happened_at, source, evidence) values ('+14155559909', 'revoked', '2026-11-01', 'inbound', '{}');
select private.keep_campaigns_moving();
select is(pg_temp.consents('+14155559909'), '{revoked/inbound}', 'a word that had to wait is not lost');
select is_empty($$ select from private.waiting_consents $$, 'nor recorded for ever');
select is_empty($$ select * from private.verify_consents() $$, 'no chain is broken');

-- Erasing.
select isnt_empty(format('delete from public.conversations where phone = %L returning id', pg_temp.phone('b', 5)), 'a conversation is deleted');
select is(pg_temp.reasons(pg_temp.phone('b', 5)), '{opted_out/stop}', 'but nobody is forgotten who said STOP');

select * from finish();
rollback;
