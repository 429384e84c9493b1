-- Consent: the ledger and its chains, who has agreed, and campaigns that require it.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 8), pg_temp.make_owner('b', 2), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
update public.user_profiles set status = 'pending' where id = pg_temp.owner('d');
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
create function pg_temp.customer(who text, n integer) returns uuid language sql security definer as $$
  select c.id from public.customers c where c.phone = pg_temp.phone(who, n)
$$;
-- Records one event; `who` null: for all accounts.
create function pg_temp.say(who text, n integer, action text, at timestamp with time zone default null, source text default 'import', evidence jsonb default null)
returns integer language sql as $$
  select private.record_consents(
    pg_temp.owner(who), null, array[row(pg_temp.phone('a', n), say.action, say.at, say.source, say.evidence)::private.new_consent]
  )
$$;
create function pg_temp.has(n integer, who text default 'a') returns boolean language sql as $$
  select private.has_consent(pg_temp.phone('a', n), pg_temp.owner(who))
$$;
grant execute on all functions in schema pg_temp to authenticated;

-- The last word counts, of what concerns the account.
select is(pg_temp.has(1), false, 'nobody has agreed to begin with');
select is(pg_temp.say('a', 1, 'given', '2026-01-01', evidence => '{"form": "shop"}'), 1, 'an event is recorded');
select is(pg_temp.has(1), true, 'now she has');
select is(pg_temp.has(1, 'b'), false, 'for this account only');
select is(pg_temp.say('a', 1, 'given', '2026-01-01', evidence => '{"form": "shop"}'), 0, 'the same to the letter is not repeated');
select is(pg_temp.say('a', 1, 'given', '2026-01-01', evidence => '{"form": "fair"}'), 1, 'other evidence is');
select is(pg_temp.say('a', 1, 'revoked', '2025-12-31'), 1, 'what was revoked before …');
select is(pg_temp.has(1), true, '… is given again');
select is(pg_temp.say('a', 1, 'revoked', '2026-02-01'), 1, 'what was revoked after …');
select is(pg_temp.has(1), false, '… is not');
select pg_temp.say('a', 1, 'given', '2026-01-15');
select is(pg_temp.has(1), false, 'whichever came in last');
select pg_temp.say('a', 2, 'given', '2026-01-01'), pg_temp.say('a', 2, 'revoked', '2026-01-01');
select is(pg_temp.has(2), false, 'of two words at one moment the no counts');
select pg_temp.say('a', 3, 'given', '2026-01-01'), pg_temp.say('b', 3, 'revoked', '2026-02-01');
select is(pg_temp.has(3), true, 'what she says to another account does not count');
select pg_temp.say(null, 3, 'revoked', '2026-03-01', 'inbound');
select is(pg_temp.has(3), false, 'what she says to all does');
select pg_temp.say(null, 3, 'given', '2026-03-02', 'inbound');
select results_eq($$ select pg_temp.has(3, w) from unnest('{a,b}'::text[]) w $$, $$ values (true), (true) $$, 'START as well as STOP');
select pg_temp.say('a', 4, 'given', now() + interval '10 years'), pg_temp.say(null, 4, 'revoked', null, 'inbound');
select is(pg_temp.has(4), false, 'nothing from the future outlasts a no');
select is((select max(happened_at) <= now() + interval '1 minute' from private.consent_events), true, 'as it is not recorded so');
select results_eq(
  $$ select n.phone from private.numbers_with_consent(pg_temp.owner('a')) n order by 1 $$,
  $$ select pg_temp.phone('a', 3) $$, 'the numbers of all who have agreed'
);

-- What can't be recorded.
select throws_ok(
  format('select private.record_consents(null, null, array[row(%L, ''given'', null, ''api'', null), row(%1$L, ''given'', null, ''api'', null)]::private.new_consent[])', pg_temp.phone('a', 5)),
  'PT422', 'consents_invalid', 'no number twice'
);
select throws_ok($$ select private.record_consents(null, null, array_agg(row('+1415' || n, 'given', null, 'api', null)::private.new_consent)) from generate_series(1, 10001) n $$,
  'PT422', 'consents_invalid', 'not more than 10,000');
select throws_ok($$ select private.record_consents(null, null, array[row(null, 'given', null, 'api', null)]::private.new_consent[]) $$, 'PT422', 'consents_invalid', 'none without a number');
select throws_ok($$ select private.record_consents(null, null, array[row('+14155550100', 'maybe', null, 'api', null)]::private.new_consent[]) $$, '23514', null, 'no other action');
select throws_ok($$ select private.record_consents(null, null, array[row('+14155550100', 'given', null, 'rumour', null)]::private.new_consent[]) $$, '23514', null, 'no other source');
select is(private.record_consents(null, null, '{}') + private.record_consents(null, null, null), 0, 'nothing is nothing');

-- The chains.
select is_empty('select * from private.verify_consents()', 'all chains hold');
select results_eq(
  $$ select e.sequence, e.hash = private.consent_hash(
       lag(e.hash) over (order by e.sequence), e.phone, e.sequence, e.user_id, e.action, e.happened_at, e.recorded_at, e.source, e.evidence, e.recorded_by)
     from private.consent_events e where e.phone = pg_temp.phone('a', 1) order by 1 $$,
  $$ select n, true from generate_series(1, 5) n $$, 'each event has a hash over the one before'
);
select throws_ok(statement, '55000', 'consents_are_kept', 'it is append-only: ' || statement)
from unnest(array[
  'delete from private.consent_events', 'truncate private.consent_events', $$update private.consent_events set action = 'given'$$,
  'update private.consent_events set happened_at = now()'
]) statement;
set local session_replication_role = replica;
select throws_ok('delete from private.consent_events', '55000', 'consents_are_kept', 'also where triggers are off');
set local session_replication_role = origin;
-- What a statement of somebody who takes the triggers away leaves behind.
create function pg_temp.found(statement text) returns text language plpgsql as $$
declare
  answer text;
begin
  begin
    alter table private.consent_events disable trigger keep_consent_events;
    execute statement;
    answer := (
      select string_agg(coalesce(e.sequence::text, '-') || ' ' || v.problem, ', ' order by e.sequence)
      from private.verify_consents() v left join private.consent_events e on e.id = v.event_id
      where v.phone_hash = encode(private.phone_hash(pg_temp.phone('a', 1)), 'hex')
    );
    raise exception using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return answer;
end
$$;
select is(pg_temp.found(format(statement, pg_temp.phone('a', 1))), found, statement)
from (values
  ($$update private.consent_events set action = 'given' where phone = %L and sequence = 4$$, '4 changed'),
  ($$update private.consent_events set happened_at = happened_at - interval '1 microsecond' where phone = %L and sequence = 2$$, '2 changed'),
  ($$update private.consent_events set evidence = '{}' where phone = %L and sequence = 1$$, '1 changed'),
  ($$update private.consent_events set recorded_by = gen_random_uuid() where phone = %L and sequence = 5$$, '5 changed'),
  ($$update private.consent_events set user_id = null where phone = %L and sequence = 5$$, '5 changed'),
  ($$update private.consent_events set hash = sha256('x') where phone = %L and sequence = 5$$, '5 changed, 5 head_changed'),
  ($$delete from private.consent_events where phone = %L and sequence = 1$$, '2 missing'),
  ($$delete from private.consent_events where phone = %L and sequence = 3$$, '4 missing'),
  ($$delete from private.consent_events where phone = %L and sequence = 5$$, '4 end_missing'),
  ($$delete from private.consent_events where phone = %L$$, '- end_missing'),
  ($$delete from private.consent_heads where phone = %L$$, '5 head_missing'),
  ($$update private.consent_heads set hash = sha256('x') where phone = %L$$, '5 head_changed'),
  ($$update private.consent_events set phone = '+14158888888' where phone = %L and sequence = 5$$, '4 end_missing')
) t (statement, found);

-- Owners and their customers.
select pg_temp.become('a');
select is(
  public.record_customer_consent(pg_temp.customer('a', 5), 'given', '2026-05-01', '{"how": "signed form"}')::jsonb,
  '{"has_consent": true, "may_text": true, "suppressed_for": null}', 'an owner records what a customer said'
);
select is(
  public.record_customer_consent(pg_temp.customer('a', 5), 'revoked')::jsonb,
  '{"has_consent": false, "may_text": false, "suppressed_for": "manual"}', 'a no is obeyed at once'
);
select is((select concat_ws(' ', status, inactive_reason) from public.customers where id = pg_temp.customer('a', 5)), 'inactive manual', 'the customer is inactive');
select is(
  public.record_customer_consent(pg_temp.customer('a', 5), 'given')::jsonb,
  '{"has_consent": true, "may_text": false, "suppressed_for": "manual"}', 'a yes lifts nothing by itself'
);
select throws_ok(format('select public.record_customer_consent(%L, %s)', pg_temp.customer('a', 5), arguments), 'PT422', code, code)
from (values
  ($$'maybe'$$, 'consent_action_invalid'), ('null', 'consent_action_invalid'),
  ($$'given', now() + interval '1 day'$$, 'consent_in_the_future'), ($$'given', 'infinity'$$, 'consent_in_the_future'),
  ($$'given', '1989-12-31T23:59:59Z'$$, 'consent_too_old'), ($$'revoked', '-infinity'$$, 'consent_too_old'),
  ($$'given', null, '[]'$$, 'consent_evidence_invalid'),
  ($$'given', null, jsonb_build_object('text', repeat('x', 5000))$$, 'consent_evidence_invalid')
) t (arguments, code);
select throws_ok(format('select public.record_customer_consent(%L, ''given'')', pg_temp.customer('b', 1)), 'PT404', 'customer_not_found', 'not for another account''s');
select throws_ok(format('select public.customer_consent(%L)', pg_temp.customer('b', 1)), 'PT404', 'customer_not_found', 'nor read it');
select throws_ok('select * from private.consent_events', '42501', null, 'nobody reads the ledger itself');
select throws_ok('select private.record_consents(null, null, null)', '42501', null, 'nor writes it');
select pg_temp.become('d');
select throws_ok(format('select public.customer_consent(%L)', pg_temp.customer('a', 1)), 'PT403', 'not_approved', 'nothing for who is not approved');
select pg_temp.become('a');
select results_eq(
  $$ select c ->> 'action', c ->> 'source', c #>> '{evidence,how}', (c ->> 'recorded_by')::uuid = pg_temp.owner('a')
     from json_array_elements(public.customer_consent(pg_temp.customer('a', 5)) -> 'consents') c $$,
  $$ values ('given', 'person', 'signed form', true), ('revoked', 'person', null, true), ('given', 'person', null, true) $$,
  'a customer''s story tells what was said'
);
select is(public.customer_consent(pg_temp.customer('a', 5)) #>> '{suppressions,0,reason}', 'manual', 'and what was suppressed');
select is(
  (select count(*) from json_array_elements(public.customer_consent(pg_temp.customer('a', 3)) -> 'consents')), 3::bigint,
  'nothing that was said to another account'
);

-- Campaigns that require it.
reset role;
select private.record_consents(pg_temp.owner('a'), null, array(
  select row(pg_temp.phone('a', n), 'given', '2026-06-01', 'import', null)::private.new_consent from generate_series(6, 8) n
));
select pg_temp.become('a');
insert into public.campaigns (id, name, message_body, requires_consent) values (pg_temp.id('a', 1), 'only those', 'Hello', true);
update public.campaigns set requires_consent = false where id = pg_temp.id('a', 1);
update public.campaigns set requires_consent = true where id = pg_temp.id('a', 1);
reset role;
select private.launch_campaign(pg_temp.id('a', 1));
select is((select skipped from public.campaigns where id = pg_temp.id('a', 1)), '{"inactive": 1, "no_consent": 3}', 'a launch leaves out who has not agreed');
select is(
  (select array_agg(right(m.phone_number, 1) order by right(m.phone_number, 1)) from public.campaign_messages m where m.campaign_id = pg_temp.id('a', 1)),
  '{3,6,7,8}', 'and only those'
);
select is((select count(*) from public.campaign_skips where reason = 'no_consent'), 3::bigint, 'each with its reason');
select pg_temp.become('a');
select throws_ok(
  format('update public.campaigns set requires_consent = false where id = %L', pg_temp.id('a', 1)), 'PT409', 'campaign_already_launched',
  'after the launch it stays so'
);
reset role;
select private.record_consents(pg_temp.owner('a'), null, array[row(pg_temp.phone('a', 7), 'revoked', null, 'api', null)::private.new_consent]);
select is(pg_temp.take(), 3, 'who takes it back before the text goes out …');
select results_eq(
  $$ select status, reason, error_message is not null from public.campaign_messages where id = pg_temp.message('a', 1, 7) $$,
  $$ values ('failed', 'no_consent', true) $$, '… does not get it'
);
select is((select skipped_count from public.campaigns where id = pg_temp.id('a', 1)), 1, 'which is no failure that counts for the breaker');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters are right');
select pg_temp.launch('a', 2);
select is((select total_recipients from public.campaigns where id = pg_temp.id('a', 2)), 7, 'other campaigns don''t ask for consent');
select pg_temp.become('a');
select is((public.customer_consent(pg_temp.customer('a', 6)) #>> '{messages,0,campaign_id}')::uuid, pg_temp.id('a', 1), 'a story tells what was sent');
select is((select d.requires_consent from public.duplicate_campaign(pg_temp.id('a', 1)) d), true, 'a copy requires it too');
reset role;

-- Ten thousand at once.
create temp table timed (took interval);
do $$
declare
  began timestamp with time zone := clock_timestamp();
begin
  perform private.record_consents(pg_temp.owner('a'), null, array(
    select row('+1212' || (2000000 + n), 'given', '2026-06-01', 'import', '{"file": "contacts.csv"}')::private.new_consent from generate_series(1, 10000) n
  ));
  insert into timed values (clock_timestamp() - began);
end
$$;
select ok((select took < interval '10 seconds' from timed), (select 'ten thousand are recorded at once: ' || took from timed));
select is_empty('select * from private.verify_consents()', 'all chains still hold');

select * from finish();
rollback;
