-- What must not happen when conversations are read, answered and reviewed.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 5), pg_temp.make_owner('b', 2), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 1);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
update public.customers set first_name = 'Ann' where phone = pg_temp.phone('a', 1);
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
create function pg_temp.say(phone text, keyword text, words text default null) returns void language sql security definer as $$
  select private.receive_inbound('SM' || md5(random()::text), phone, '+15005550006', null, coalesce(words, keyword), 0, keyword, null, null, '')
$$;
create function pg_temp.conversation(phone text) returns uuid language sql security definer as $$
  select c.id from public.conversations c where c.phone = conversation.phone
$$;
create function pg_temp.reasons(phone text) returns text[] language sql security definer as $$
  select array_agg(s.reason || '/' || s.source || coalesce('/' || left(s.user_id::text, 1), '') order by s.since, s.id)
  from private.suppressions s where s.phone = reasons.phone and s.lifted_at is null
$$;
create function pg_temp.answer(phone text, body text default 'At nine.') returns json language sql as $$
  select public.reply_to_conversation(pg_temp.conversation(phone), body)
$$;
create function pg_temp.refused(phone text, code text, errcode text, what text, body text default 'At nine.') returns text language sql as $$
  select throws_ok(format('select pg_temp.answer(%L, %L)', phone, body), errcode, code, what)
$$;
grant execute on all functions in schema pg_temp to authenticated, service_role;

select pg_temp.say(pg_temp.phone('a', 1), 'other', 'When do you open?'), pg_temp.pass('1 second');
select pg_temp.say(pg_temp.phone('a', 2), 'likely_revocation', 'stop texting me'), pg_temp.pass('1 second');
select pg_temp.say(pg_temp.phone('a', 3), 'stop'), pg_temp.pass('1 second');
select pg_temp.say(pg_temp.phone('b', 1), 'other', 'Hello?'), pg_temp.pass('1 second');
select pg_temp.say('+14155559901', 'other', 'Who is this?'), pg_temp.pass('1 second');
select pg_temp.say('+18005550123', 'other', 'Toll-free'), pg_temp.say('+442071838750', 'other', 'London'), pg_temp.say('8080', 'other', 'Short');

-- Who sees what.
select pg_temp.become('a');
select is((select count(*)::integer from public.conversations), 3, 'nobody sees others'' conversations');
select is((select count(*)::integer from public.conversation_messages), 3, 'nor their messages');
select is((public.list_conversations() ->> 'total')::integer, 3, 'nor in the list');
select is(public.list_conversations(needs_review => true) #>> '{data,0,phone}', pg_temp.phone('a', 2), 'what waits for a decision is not overlooked');
select is((public.list_conversations(unread => false) ->> 'total')::integer, 0, 'nothing unread is shown as read');
select is(public.list_conversations(page_limit => 1, page_offset => 2) #>> '{data,0,first_name}', 'Ann', 'the oldest is not first, and its customer is named');
select throws_ok($$ select public.get_conversation(pg_temp.conversation(pg_temp.phone('b', 1))) $$, 'PT404', 'conversation_not_found', 'another''s conversation is not read');
select pg_temp.refused(pg_temp.phone('b', 1), 'conversation_not_found', 'PT404', 'nor answered');
select throws_ok($$ select public.review_conversation(pg_temp.conversation(pg_temp.phone('b', 1)), true) $$, 'PT404', 'conversation_not_found', 'nor reviewed');
select throws_ok($$ select public.read_conversation(pg_temp.conversation('+14155559901')) $$, 'PT404', 'conversation_not_found', 'one of nobody''s is not theirs either');
select throws_ok($$ update public.conversations set needs_review = false $$, '42501', null, 'nobody decides by writing the row');
select throws_ok($$ insert into public.conversation_messages (conversation_id, direction, body) select id, 'in', 'START' from public.conversations $$, '42501', null, 'nor puts words into mouths');
select throws_ok($$ update public.campaigns set reply_to = id $$, '42501', null, 'nor hides a campaign as an answer');
select throws_ok($$ select private.receive_inbound('SM', '+14155559901', null, null, 'START', 0, 'start', null, null, '') $$, '42501', null, 'nor receives a message');
select pg_temp.become('c');
select is((public.list_conversations() ->> 'total')::integer, 8, 'no conversation is hidden from an admin');
reset role;
set local role anon;
select throws_ok($$ select public.list_conversations() $$, '42501', null, 'nobody reads without a sign-in');
select throws_ok($$ select from public.conversations $$, '42501', null, 'nor by the table');
reset role;

-- Reading.
select pg_temp.become('a');
select is((public.read_conversation(pg_temp.conversation(pg_temp.phone('a', 1))) ->> 'unread_count'), '0', 'what was read is not unread');
select isnt(public.read_conversation(pg_temp.conversation(pg_temp.phone('a', 1)), true) ->> 'closed_at', null, 'what is closed does not stay open');
reset role;
select pg_temp.say(pg_temp.phone('a', 1), 'other', 'Hello?');
select ok((select closed_at is null and unread_count = 1 from public.conversations where phone = pg_temp.phone('a', 1)), 'a new message does not stay in a closed conversation');

-- Answers.
select pg_temp.become('a');
create temp table answers as select pg_temp.answer(pg_temp.phone('a', 1)) as json;
grant select on answers to authenticated;
select is((select json ->> 'status' from answers), 'pending', 'an answer is not sent without a worker');
select is((select count(*)::integer from public.campaigns), 0, 'it is not among its owner''s campaigns');
select is_empty($$ select from public.campaign_messages $$, 'nor its message among theirs');
select throws_ok(format('select public.cancel_campaign(%L)', pg_temp.conversation(pg_temp.phone('a', 1))), 'PT404', 'campaign_not_found', 'nor is it canceled as one');
reset role;
select is((select messages from private.used_today(pg_temp.owner('a'), private.clock())), 1::bigint, 'it is not forgotten by the limits of the day');
select pg_temp.set_clock('2026-12-02 03:00 America/Los_Angeles');
select is(pg_temp.take_all(), 1, 'within the window it does not wait for the morning');
select pg_temp.record(array(select message_id from taken), 'sent');
select is(pg_temp.take_all(), 0, 'it is not sent twice');
select is((select status from public.campaigns where reply_to is not null), 'sent', 'nor does it stay open');
select is_empty($$ select from private.mails where kind like 'campaign%' $$, 'nobody gets a mail about it');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are not off');
select pg_temp.become('a');
select results_eq(
  $$ select m ->> 'direction', m ->> 'body', m ->> 'status' from json_array_elements(public.get_conversation(pg_temp.conversation(pg_temp.phone('a', 1))) -> 'messages') m $$,
  $$ values ('out', 'At nine.', 'sent'), ('in', 'Hello?', null), ('in', 'When do you open?', null) $$, 'no message is missing in a conversation, and the newest is first'
);
select is(public.get_conversation(pg_temp.conversation(pg_temp.phone('a', 1)), 1, 1) #>> '{messages,0,body}', 'Hello?', 'a page is not another page');
select is(pg_temp.answer(pg_temp.phone('a', 1), 'Hi {{ first_name }}') ->> 'body', 'Hi {{ first_name }}', 'an answer is not read as a template');
reset role;
select pg_temp.take_all();
select is((select message_body from public.campaign_messages m join taken t on t.message_id = m.id order by t.take desc limit 1), 'Hi {{ first_name }}', 'nor when it is sent');

-- Whose request came twice.
select pg_temp.become('a');
create temp table repeated as
  select public.reply_to_conversation(pg_temp.conversation(pg_temp.phone('a', 1)), 'Once', 'a-key') ->> 'id' as id from generate_series(1, 2);
select is((select count(distinct id)::integer from repeated), 1, 'an answer whose request comes twice is not another answer');
select throws_ok(
  format('select public.reply_to_conversation(%L, %L, %L)', pg_temp.conversation(pg_temp.phone('a', 1)), 'Twice', 'a-key'),
  'PT422', 'idempotency_key_reused', 'nor is it the answer to another request'
);
reset role;
select pg_temp.take_all();
select is((select count(*)::integer from public.campaign_messages where message_body = 'Once'), 1, 'and texts nobody twice');

-- Who is not answered.
select pg_temp.become('a');
select pg_temp.refused(pg_temp.phone('a', 2), 'phone_suppressed', 'PT422', 'nobody is answered who probably means to stop');
select pg_temp.refused(pg_temp.phone('a', 3), 'phone_suppressed', 'PT422', 'nor who stopped');
select pg_temp.refused(pg_temp.phone('a', 1), 'message_body_required', 'PT422', 'nothing is not sent', ' ');
select pg_temp.refused(pg_temp.phone('a', 1), 'message_body_required', 'PT422', 'nor null', null);
select pg_temp.refused(pg_temp.phone('a', 1), 'message_body_too_long', 'PT422', 'nor a novel', repeat('x', 1601));
select pg_temp.become('c');
select pg_temp.refused('+18005550123', 'phone_not_textable', 'PT422', 'a toll-free number is not answered');
select pg_temp.refused('8080', 'phone_not_textable', 'PT422', 'nor a short code');
select pg_temp.refused('+442071838750', 'country_not_allowed', 'PT422', 'nor a country that may not be texted');
select isnt(pg_temp.answer('+14155559901')::text, null, 'who belongs to nobody is not without an answer');
reset role;
select is((select count(*)::integer from public.campaigns where reply_to is not null and user_id = pg_temp.owner('c')), 1, 'the admin''s account does not let another pay for it');
select pg_temp.pass('24 hours');
select pg_temp.become('a');
select pg_temp.refused(pg_temp.phone('a', 1), 'reply_window_closed', 'PT409', 'a day later nobody is answered without consent');
select is(
  public.reply_to_conversation(pg_temp.conversation(pg_temp.phone('a', 1)), 'Once', 'a-key') ->> 'id',
  (select min(id) from repeated), 'but a request of yesterday is not refused when it comes again'
);
reset role;
select private.record_consents(pg_temp.owner('a'), null, array[row(pg_temp.phone('a', 1), 'given', null, 'person', '{}')::private.new_consent]);
select pg_temp.become('a');
select isnt(pg_temp.answer(pg_temp.phone('a', 1))::text, null, 'with consent nobody has to wait for the next message');
reset role;
delete from taken;
select pg_temp.take_all();
select is_empty($$ select from taken t join public.campaign_messages m on m.id = t.message_id where m.phone_number = pg_temp.phone('a', 1) $$, 'but not at night');
select pg_temp.set_clock('2026-12-04 12:00 America/Los_Angeles');
select pg_temp.take_all();
select is((select count(*)::integer from taken t join public.campaign_messages m on m.id = t.message_id where m.phone_number = pg_temp.phone('a', 1)), 1, 'it is not forgotten in the morning');

-- Who stops after they were answered.
select pg_temp.say(pg_temp.phone('a', 4), 'other'), pg_temp.say(pg_temp.phone('a', 5), 'other');
select pg_temp.become('a');
select pg_temp.answer(pg_temp.phone('a', 4)), pg_temp.answer(pg_temp.phone('a', 5));
reset role;
select pg_temp.say(pg_temp.phone('a', 4), 'stop'), pg_temp.say(pg_temp.phone('a', 5), 'likely_revocation');
select is(pg_temp.take_all(), 0, 'no answer goes to who has stopped meanwhile');
select is(
  (select array_agg(distinct m.status || '/' || m.reason) from public.campaign_messages m where m.phone_number in (pg_temp.phone('a', 4), pg_temp.phone('a', 5))),
  '{failed/suppressed}', 'nor does it wait for ever'
);

-- Reviews.
select pg_temp.become('a');
select throws_ok(format('select public.review_conversation(%L, %s, %L)', pg_temp.conversation(pg_temp.phone('a', n)), revoked, note), errcode, code, what)
from (values
  (1, 'true', 'x', 'PT409', 'review_not_needed', 'nobody decides what nobody asked'),
  (2, 'null', 'x', 'PT422', 'review_decision_required', 'nobody decides nothing'),
  (2, 'false', ' ', 'PT422', 'review_note_required', 'nobody is texted again without a reason'),
  (2, 'true', repeat('x', 1001), 'PT422', 'note_too_long', 'no note is a novel')
) r (n, revoked, note, errcode, code, what);
select is(public.review_conversation(pg_temp.conversation(pg_temp.phone('a', 2)), false, 'They meant another shop.') ->> 'suppressed_for', null, 'who did not mean it is not kept from answers');
select is(pg_temp.reasons(pg_temp.phone('a', 2)), null, 'nor suppressed');
select throws_ok($$ select public.review_conversation(pg_temp.conversation(pg_temp.phone('a', 2)), true) $$, 'PT409', 'review_not_needed', 'nobody decides twice');
reset role;
select is((select lifted_by || l.why from private.suppression_lifts l order by lifted_at desc limit 1), pg_temp.owner('a') || 'They meant another shop.', 'who lifted it and why is not lost');
select is((select status from public.customers where phone = pg_temp.phone('a', 2)), 'active', 'the customer does not stay inactive');
select is_empty(format('select from private.consent_events where phone = %L', pg_temp.phone('a', 2)), 'nothing was revoked');
select pg_temp.launch('a', 9);
select pg_temp.become('c');
select is(public.review_conversation(pg_temp.conversation(pg_temp.phone('a', 5)), true, 'Clear enough.') ->> 'revoked', 'true', 'an admin is not kept from deciding');
reset role;
select is(pg_temp.reasons(pg_temp.phone('a', 5)), '{opted_out/person/a}', 'who meant it is not texted by that account');
select is((select action || '/' || source || '/' || left(user_id::text, 1) || '/' || left(recorded_by::text, 1) from private.consent_events where phone = pg_temp.phone('a', 5)), 'revoked/person/a/c', 'nor is the revocation without a record');
select is(
  (select c.status || '/' || c.inactive_reason from public.customers c where c.phone = pg_temp.phone('a', 5)), 'inactive/opted_out', 'nor does the customer look as if they could be'
);

-- The limit.
select pg_temp.say(pg_temp.phone('b', 1), 'other'), pg_temp.say(pg_temp.phone('b', 2), 'other');
select pg_temp.become('b');
select count(pg_temp.answer(pg_temp.phone('b', 1))) from generate_series(1, 60);
select pg_temp.refused(pg_temp.phone('b', 2), 'too_many_replies', 'PT429', 'nobody answers a 61st time within an hour');
reset role;
select pg_temp.pass('1 hour');
insert into private.account_limits (user_id, messages_per_day) values (pg_temp.owner('b'), 10);
select pg_temp.become('b');
select pg_temp.refused(pg_temp.phone('b', 2), 'daily_limit_exceeded', 'PT422', 'nor beyond the limits of the day');
reset role;
update public.user_profiles set status = 'rejected' where id = pg_temp.owner('b');
select pg_temp.become('c');
select pg_temp.refused(pg_temp.phone('b', 2), 'owner_not_approved', 'PT422', 'nor for who is not approved any more');
reset role;
select is((select array_agg(distinct status) from public.campaigns where user_id = pg_temp.owner('b')), '{canceled}', 'their answers are not sent either');

-- Whose account is gone when the decision is made.
select pg_temp.say(pg_temp.phone('b', 1), 'likely_revocation', 'stop texting me');
delete from auth.users where id = 'b0000000-0000-4000-8000-000000000240';
select pg_temp.become('c');
select is(
  public.review_conversation(pg_temp.conversation(pg_temp.phone('b', 1)), true, 'Clear enough.') ->> 'revoked', 'true',
  'what was said to an account that is gone can be decided'
);
reset role;
select is(pg_temp.reasons(pg_temp.phone('b', 1)), '{opted_out/person}', 'and holds for all');

-- What goes with a conversation.
delete from public.conversations where phone = pg_temp.phone('a', 1);
select is_empty(format('select from public.campaign_messages m where m.phone_number = %L and m.customer_id is null', pg_temp.phone('a', 1)), 'no answer outlives its conversation');
select cmp_ok((select count(*)::integer from private.message_archive where phone_number = pg_temp.phone('a', 1)), '>=', 1, 'but what was sent is not forgotten');

select * from finish();
rollback;
