-- A phone is a phone whoever writes it, and another account's number is found by few guesses only.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid, profile_id uuid, role text);
insert into people values
  ('alice', 'a0000000-0000-4000-8000-000000000136', 'a1000000-0000-4000-8000-000000000136', 'user'),
  ('bob',   'b0000000-0000-4000-8000-000000000136', 'b1000000-0000-4000-8000-000000000136', 'user'),
  ('admin', 'c0000000-0000-4000-8000-000000000136', 'c1000000-0000-4000-8000-000000000136', 'admin'),
  ('pending', 'd0000000-0000-4000-8000-000000000136', 'd1000000-0000-4000-8000-000000000136', 'user');
grant select on people to authenticated;
insert into auth.users (id, email) select user_id, name || '@phones.test' from people;
delete from public.user_profiles where user_id in (select user_id from people);
insert into public.user_profiles (id, user_id, role, status) select profile_id, user_id, role, case name when 'pending' then 'pending' else 'approved' end from people;
create function pg_temp.say(person text, query text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
  set local role authenticated;
  begin
    execute query into answer;
  exception when others then answer := sqlstate || ' ' || sqlerrm;
  end;
  reset role;
  perform set_config('request.jwt.claims', '', true);
  return answer;
end
$$;

-- Through every door, what people write is stored in E.164 or refused.
create temp table written (text text, stored text);
insert into written values
  ('(415) 700-2671', '+14157002671'), ('415.700.2672', '+14157002672'), ('+1 415 700 2673', '+14157002673'), (' 1-415-700-2674 ', '+14157002674'),
  ('+52 1 55 1234 5678', '+525512345678'), ('(787) 234-5678', '+17872345678'), ('+44 (0)20 7946 0018', '+442079460018'), ('+4930901820', '+4930901820'),
  ('call me', 'PT422 phone_not_a_number'), ('Apt 5 555', 'PT422 phone_not_a_number'), ('', 'PT422 phone_empty'), ('555-2671', 'PT422 phone_too_short'),
  ('+19005551234', 'PT422 phone_premium'), ('900-555-1234', 'PT422 phone_premium'), ('+14159761234', 'PT422 phone_premium'), ('+491805123456', 'PT422 phone_shared_cost'),
  ('12345', 'PT422 phone_short_code'), ('(415) 555-2671 ext. 9', 'PT422 phone_extension'), ('+999123456789', 'PT422 phone_unknown_country'),
  ('+12215552671', 'PT422 phone_unassigned'), ('+1415555267', 'PT422 phone_too_short'), ('+141555526711', 'PT422 phone_too_long');
select is(pg_temp.say('alice', format('insert into public.customers (phone) values (%L) returning phone', text)), stored, 'inserted: ' || text) from written;
select is(pg_temp.say('alice', format('select public.create_customer(jsonb_build_object(''phone'', %L)) ->> ''phone''', text)),
  case when stored like 'PT%' then stored else '23505 duplicate key value violates unique constraint "customers_phone_key"' end, 'created: ' || text) from written;
insert into public.customers (user_id, phone) select profile_id, '+14157009999' from people where name = 'alice';
select is(pg_temp.say('alice', format('update public.customers set phone = %L where phone = ''+14157009999'' returning phone', text)),
  case when stored like 'PT%' then stored else '23505 duplicate key value violates unique constraint "customers_phone_key"' end, 'changed: ' || text) from written;
select is(pg_temp.say('alice', $$ insert into public.customers (phone, first_name) values ('415-700-2671', 'Ann') on conflict (phone) do update set first_name = excluded.first_name returning first_name $$), 'Ann', 'an upsert finds whom it means');
-- Services too, unless it is E.164 already.
select throws_ok($$ insert into public.customers (user_id, phone) select profile_id, 'call me' from people where name = 'alice' $$, 'PT422', 'phone_not_a_number', 'a service writes no text');
insert into public.customers (user_id, phone) select profile_id, '(415) 700-3000' from people where name = 'alice';
select is((select count(*) from public.customers where phone = '+14157003000'), 1::bigint, 'what it writes is read');

-- Another account's number. Who is not approved learns nothing of it.
select is(pg_temp.say('pending', 'insert into public.customers (phone) values (''' || n.phone || ''')'), '42501 new row violates row-level security policy for table "customers"', 'not by who is pending')
from (values ('+14157002671'), ('+14157004000')) n (phone);
select is(pg_temp.say('bob', q), 'PT409 phone_unavailable', q) from unnest(array[
  $$ insert into public.customers (phone) values ('415-700-2671') $$,
  $$ insert into public.customers (phone) values ('+14157002671') on conflict (phone) do update set first_name = 'mine' $$,
  $$ select public.create_customer('{"phone": "+14157002671"}') $$
]) q;
select is(pg_temp.say('bob', $$ insert into public.customers (phone) values ('+14157004000') returning phone $$), '+14157004000', 'a free one is stored');
select is(pg_temp.say('bob', $$ update public.customers set phone = '+14157002671' where phone = '+14157004000' $$), 'PT409 phone_unavailable', 'and not changed to a taken one');
select private.keep_phone_refusals();
select is((select array_agg(refused) from public.phone_refusals r join people p on p.profile_id = r.user_id and p.name = 'bob'), '{4}', 'each refusal is counted, though it undid everything');
select is(pg_temp.say(w.name, 'select count(*) from public.phone_refusals'), w.seen, w.name || ' sees refusals')
from (values ('alice', '0'), ('bob', '0'), ('admin', '1')) w (name, seen);
select throws_ok(format('select private.count_import_refusals(%L, 9997)', profile_id), 'PT429', 'too_many_unavailable_phones', 'an import''s count too') from people where name = 'bob';
select is(pg_temp.say('bob', q), 'PT429 too_many_unavailable_phones', q) from unnest(array[
  $$ insert into public.customers (phone) values ('+14157002671') $$, $$ insert into public.customers (phone) values ('+14157005000') $$,
  $$ select public.create_customer('{"phone": "+14157005000"}') $$, $$ update public.customers set phone = '+14157005000' where phone = '+14157004000' $$,
  $$ select public.restore_customers(array[gen_random_uuid()]) $$
]) q;
select is(pg_temp.say('bob', $$ update public.customers set first_name = 'Bo' where phone = '+14157004000' returning first_name $$), 'Bo', 'what needs no new number goes on');
select is(pg_temp.say('alice', $$ insert into public.customers (phone) values ('+14157005000') returning phone $$), '+14157005000', 'others go on');
update private.clock_offset set moved_by = moved_by + interval '1 day';
select is(pg_temp.say('bob', $$ insert into public.customers (phone) values ('+14157006000') returning phone $$), '+14157006000', 'the next day it is allowed again');
select lives_ok(format('select private.count_import_refusals(%L, 10000)', profile_id), 'and as many as the day has') from people where name = 'bob';
delete from public.user_profiles where id = (select profile_id from people where name = 'bob');
select hasnt_sequence('private', 'phone_refusals_b1000000000040008000000000000136', 'a counter goes with its account');

select * from finish();
rollback;
