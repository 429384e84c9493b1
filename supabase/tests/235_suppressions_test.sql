-- Suppressions: what the table keeps, who may write and lift them, and what they do to customers.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 9), pg_temp.make_owner('b', 3), pg_temp.make_owner('c', 1), pg_temp.make_owner('d', 1);
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
create function pg_temp.customer(who text, n integer) returns public.customers language sql security definer as $$
  select c from public.customers c where c.phone = pg_temp.phone(who, n)
$$;
create function pg_temp.entry(who text, n integer) returns uuid language sql security definer as $$
  select s.id from private.suppressions s where s.phone = pg_temp.phone(who, n) and s.lifted_at is null order by s.id limit 1
$$;
-- The status and the reason of a customer.
create function pg_temp.state(who text, n integer) returns text language sql security definer as $$
  select concat_ws(' ', c.status, c.inactive_reason) from public.customers c where c.phone = pg_temp.phone(who, n)
$$;
grant execute on all functions in schema pg_temp to authenticated;

-- The table.
select isnt(private.suppress(pg_temp.phone('a', 1), null, 'opted_out', 'stop', '{"text": "STOP"}'), null, 'a number is suppressed');
select is(private.suppress(pg_temp.phone('a', 1), null, 'opted_out', 'twilio'), null, 'the same twice is one entry');
select isnt(private.suppress(pg_temp.phone('a', 1), pg_temp.owner('a'), 'opted_out', 'stop'), null, 'for one account it is another');
select throws_ok($$ select private.suppress('+14155550100', null, 'because', 'stop') $$, '23514', null, 'reasons are known');
select throws_ok($$ select private.suppress('+14155550100', null, 'manual', 'nowhere') $$, '23514', null, 'sources too');
select throws_ok(statement, '55000', 'suppressions_are_kept', 'it is append-only: ' || statement)
from unnest(array[
  'delete from private.suppressions', 'truncate private.suppressions cascade',
  $$update private.suppressions set phone = '+14155550199'$$, $$update private.suppressions set reason = 'manual'$$,
  $$update private.suppressions set evidence = '{}'$$, 'update private.suppressions set since = now() - interval ''1 day''',
  'update private.suppressions set user_id = null where user_id is not null',
  'update private.suppressions set lifted_at = now()',
  $$insert into private.suppressions (phone, reason, source, lifted_at) values ('+14155550100', 'manual', 'person', now())$$
]) statement;
set local session_replication_role = replica;
select throws_ok('delete from private.suppressions', '55000', 'suppressions_are_kept', 'also where triggers are off');
set local session_replication_role = origin;
select is(private.lift_suppressions(pg_temp.phone('a', 1), pg_temp.owner('a'), '{opted_out}', 'person', 'a mistake', pg_temp.owner('c')), 1, 'an entry is lifted');
select results_eq(
  $$ select s.lifted_by, l.lifted_by, l.source, l.why, s.lifted_at = l.lifted_at from private.suppressions s
     join private.suppression_lifts l on l.suppression_id = s.id $$,
  $$ values (pg_temp.owner('c'), pg_temp.owner('c'), 'person', 'a mistake', true) $$, 'by a row that says who and why'
);
select throws_ok('update private.suppressions set lifted_at = null where lifted_at is not null', '55000', null, 'and is not revived');
select throws_ok(statement, '55000', 'suppressions_are_kept', 'lifts are append-only: ' || statement)
from unnest(array[
  'delete from private.suppression_lifts', $$update private.suppression_lifts set why = 'x'$$, 'truncate private.suppression_lifts'
]) statement;
select isnt(private.suppress(pg_temp.phone('a', 1), pg_temp.owner('a'), 'opted_out', 'stop'), null, 'after a lift it can be suppressed again');

-- The decision.
select results_eq(
  $$ select private.may_text(pg_temp.phone('a', 1), pg_temp.owner(w)), private.suppression_of(pg_temp.phone('a', 1), pg_temp.owner(w))
     from unnest('{a,b}'::text[]) w $$,
  $$ values (false, 'opted_out'), (false, 'opted_out') $$, 'what has no account holds for all'
);
select private.suppress(pg_temp.phone('b', 1), pg_temp.owner('a'), 'listed', 'list');
select results_eq(
  $$ select private.may_text(pg_temp.phone('b', 1), pg_temp.owner(w)) from unnest('{a,b}'::text[]) w $$,
  $$ values (false), (true) $$, 'what has one only for that'
);
select private.suppress(pg_temp.phone('b', 1), null, 'invalid_number', 'twilio');
select is(private.suppression_of(pg_temp.phone('b', 1), pg_temp.owner('a')), 'listed', 'the reason that weighs most is named');

-- What START lifts.
select private.suppress(pg_temp.phone('a', 2), null, reason, source)
from (values ('opted_out', 'stop'), ('complaint', 'twilio'), ('invalid_number', 'twilio'), ('likely_revoked', 'words')) r (reason, source);
select is(
  private.lift_suppressions(pg_temp.phone('a', 2), null, '{opted_out,complaint,invalid_number,likely_revoked}', 'start', 'START'), 1,
  'START lifts the opt-out and nothing else'
);
select private.suppress(pg_temp.phone('a', 2), null, 'opted_out', 'person');
select is(private.lift_suppressions(pg_temp.phone('a', 2), null, '{opted_out}', 'start', 'START'), 0, 'and not one that an admin wrote');

-- Customers follow.
select is(private.apply_suppressions() > 0, true, 'new entries are dealt with');
select is(private.apply_suppressions(), 0, 'once');
select is(pg_temp.state('a', 1), 'inactive opted_out', 'the customer of the number is inactive and says why');
select is(pg_temp.state('a', 2), 'inactive opted_out', 'for the reason that weighs most');
select is(pg_temp.state('b', 1), 'inactive invalid_number', 'another account''s list does not count for a customer');
select is(pg_temp.state('a', 3), 'active', 'others stay active');
update public.customers set status = 'inactive' where phone = pg_temp.phone('a', 3);
select private.suppress(pg_temp.phone('a', 3), null, 'opted_out', 'stop');
select private.apply_suppressions();
select is(pg_temp.state('a', 3), 'inactive', 'who is inactive by hand stays so by hand');
select private.lift_suppressions(pg_temp.phone('a', 3), null, '{opted_out}', 'start', 'START');
select private.lift_suppressions(pg_temp.phone('a', 2), null, '{opted_out}', 'person', 'wrong');
select private.apply_suppressions();
select is(pg_temp.state('a', 3), 'inactive', 'also when the suppression is lifted');
select is(pg_temp.state('a', 2), 'inactive complaint', 'where another reason holds, that is named');
select private.lift_suppressions(pg_temp.phone('a', 2), null, '{complaint,invalid_number,likely_revoked}', 'person', 'wrong');
select private.apply_suppressions();
select is(pg_temp.state('a', 2), 'active', 'after the last lift the customer is active again');
select throws_ok(
  format('update public.customers set status = ''active'' where phone = %L', pg_temp.phone('a', 1)), 'PT409', 'phone_suppressed',
  'nobody makes a customer active whose number is suppressed'
);
select lives_ok(
  format('update public.customers set status = ''active'', inactive_reason = null where phone = %L', pg_temp.phone('a', 1)),
  'who sets the reason as well is not refused'
);
select is(pg_temp.state('a', 1), 'inactive opted_out', 'but corrected');

-- A customer that was being written while its number was suppressed: neither saw the other.
select private.suppress('+14157770000', null, 'opted_out', 'stop');
select private.apply_suppressions();
set local session_replication_role = replica;
insert into public.customers (user_id, phone) values (pg_temp.owner('a'), '+14157770000');
set local session_replication_role = origin;
select is(private.apply_suppressions(), 0, 'a customer whose insertion nobody saw is not looked for all the time');
update private.suppression_looks set looked_at = now() - interval '61 seconds';
select is(private.apply_suppressions(), 1, 'but a minute later');
select is((select concat_ws(' ', status, inactive_reason) from public.customers where phone = '+14157770000'), 'inactive opted_out', 'then it is inactive too');
delete from public.customers where phone = '+14157770000';

-- People.
select pg_temp.become('a');
select is(public.suppress_number(pg_temp.phone('a', 4), 'manual', 'asked by phone') ->> 'note', 'asked by phone', 'an owner suppresses a number');
select is(pg_temp.state('a', 4), 'inactive manual', 'the customer is inactive at once');
reset role;
select is(private.may_text(pg_temp.phone('a', 4), pg_temp.owner('b')), true, 'for others it may be texted');
select pg_temp.become('a');
select is(
  (public.suppress_number(pg_temp.phone('a', 4)) ->> 'id')::uuid, pg_temp.entry('a', 4), 'the same again returns the entry'
);
select throws_ok(format('select public.suppress_number(%L, %L)', pg_temp.phone('a', 5), reason), 'PT403', 'admin_required', 'an owner does not suppress as ' || reason)
  from unnest('{opted_out,complaint,invalid_number,unreachable}'::text[]) reason;
select throws_ok(format('select public.suppress_number(%L, %L)', pg_temp.phone('a', 5), reason), 'PT422', 'suppression_reason_invalid', 'nobody as ' || coalesce(reason, 'null'))
  from unnest('{likely_revoked,because,null}'::text[]) reason;
select throws_ok(format('select public.suppress_number(%L)', phone), 'PT422', 'phone_invalid', 'no number: ' || coalesce(phone, 'null'))
  from unnest('{4155550100,null,"+0415",tel:+14155550100}'::text[]) phone;
select throws_ok(format('select public.suppress_number(%L, %L, %L)', pg_temp.phone('a', 5), 'manual', repeat('x', 1001)), 'PT422', 'note_too_long', 'notes are short');
select is(
  public.suppress_numbers(array[pg_temp.phone('a', 5), pg_temp.phone('a', 6), pg_temp.phone('a', 6), '12', null], 'do not text')::jsonb,
  '{"added": 2, "already": 0, "invalid": ["12"]}'::jsonb, 'an own list'
);
select is(
  public.suppress_numbers(array[pg_temp.phone('a', 5), pg_temp.phone('a', 7)])::jsonb, '{"added": 1, "already": 1, "invalid": []}'::jsonb,
  'what is listed already is counted'
);
select is(pg_temp.state('a', 5), 'inactive listed', 'customers on the list are inactive');
select throws_ok($$ select public.suppress_numbers(array_fill('+14155550100'::text, array[10001])) $$, 'PT422', 'too_many_phones', 'lists have an end');
select throws_ok(format('update public.customers set status = ''active'' where phone = %L', pg_temp.phone('a', 5)), 'PT409', 'phone_suppressed', 'an owner does not make them active');
select throws_ok(format('update public.customers set inactive_reason = null where phone = %L', pg_temp.phone('a', 5)), '42501', null, 'nor write the reason');
select throws_ok('select * from private.suppressions', '42501', null, 'nor read the table');

-- Lifting.
select throws_ok(format('select public.lift_suppression(%L, %L)', pg_temp.entry('a', 5), why), 'PT422', 'why_required', 'a lift needs a why')
  from unnest('{null,""," "}'::text[]) why;
select isnt(public.lift_suppression(pg_temp.entry('a', 5), 'a mistake') ->> 'lifted_at', null, 'an owner lifts what is theirs');
select is(pg_temp.state('a', 5), 'active', 'the customer is active at once');
select throws_ok(format('select public.lift_suppression(%L, %L)', pg_temp.entry('a', 1), 'She asked me to text her again.'), 'PT403', 'suppression_not_liftable', 'but not an opt-out');
select throws_ok(format('select public.lift_suppression(%L, %L)', gen_random_uuid(), 'why'), 'PT404', 'suppression_not_found', 'nor what is not there');
select pg_temp.become('b');
select throws_ok(format('select public.lift_suppression(%L, %L)', pg_temp.entry('a', 6), 'why'), 'PT404', 'suppression_not_found', 'nor another account''s');
select throws_ok(format('select public.lift_suppression(%L, %L)', pg_temp.entry('b', 1), 'why'), 'PT404', 'suppression_not_found', 'also where it stands on an own customer''s number');
select is((public.list_suppressions() ->> 'total')::integer, 1, 'an owner sees what concerns their customers');
select is(public.list_suppressions() #>> '{data,0,reason}', 'invalid_number', 'also what holds for all, but no other account''s list');
select pg_temp.become('a');
select is((public.list_suppressions(reasons => '{listed}') ->> 'total')::integer, 3, 'their own list, also for strangers'' numbers');
select is((public.list_suppressions(reasons => '{listed}', lifted => true) ->> 'total')::integer, 4, 'with what was lifted');
select is(public.list_suppressions(phone => pg_temp.phone('a', 5), lifted => true) #>> '{data,0,lift,why}', 'a mistake', 'and why');
select is(json_array_length(public.list_suppressions(page_limit => 2) -> 'data'), 2, 'by pages');
select throws_ok('select public.list_suppressions(page_limit => 0)', 'PT422', 'page_out_of_range', 'which have an end');
select pg_temp.become('d');
select throws_ok(call, 'PT403', 'not_approved', 'nothing for who is not approved: ' || call)
from unnest(array[
  'select public.list_suppressions()', $$select public.suppress_number('+14155550100')$$, $$select public.suppress_numbers('{}')$$,
  'select public.lift_suppression(gen_random_uuid(), ''why'')'
]) call;
select pg_temp.become('c');
select throws_ok(format('select public.lift_suppression(%L, %L)', pg_temp.entry('a', 1), 'she said so'), 'PT422', 'why_required', 'an admin lifts an opt-out only with evidence');
select isnt(public.lift_suppression(s.id, 'Signed form of 2026-11-30, in the file of case 12') ->> 'lift', null, 'with it they do')
  from (select (e ->> 'id')::uuid as id from json_array_elements(public.list_suppressions(phone => pg_temp.phone('a', 1)) -> 'data') e) s;
select is(pg_temp.state('a', 1), 'active', 'then the customer is active again');
select throws_ok(
  format('select public.lift_suppression(%L, %L)', (public.list_suppressions(phone => pg_temp.phone('a', 1), lifted => true) #>> '{data,0,id}'), 'again'),
  'PT409', 'suppression_already_lifted', 'once'
);
select is(public.suppress_number(pg_temp.phone('b', 2), 'complaint', 'case 13') ->> 'user_id', null, 'an admin suppresses for all');
select is(pg_temp.state('b', 2), 'inactive complaint', 'whose customer is inactive');
select isnt(public.lift_suppression(pg_temp.entry('b', 2), 'case 13 was another number') ->> 'lifted_at', null, 'and lifts it');
reset role;
set local role anon;
select throws_ok('select public.list_suppressions()', '42501', null, 'nothing without a sign-in');
reset role;

-- The account goes, and with it what only it said.
delete from public.user_profiles where id = pg_temp.owner('a');
select is((select count(*) from private.suppressions where user_id is not null), 0::bigint, 'an account takes its own list with it');
select is((select count(*) > 0 from private.suppressions where user_id is null), true, 'and nothing else');
delete from public.user_profiles where id = pg_temp.owner('c');
select is(
  (select count(*) from private.suppressions where lifted_at is not null and lifted_by is null),
  (select count(*) from private.suppression_lifts l where l.lifted_by = pg_temp.owner('c') or l.lifted_by is null),
  'who lifted something is kept with the lift, also when that account is gone'
);

select * from finish();
rollback;
