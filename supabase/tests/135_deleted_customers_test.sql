-- A deletion means what it says, and what it deleted comes back.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid, profile_id uuid, role text, status text);
insert into people values
  ('alice',   'a0000000-0000-4000-8000-000000000135', 'a1000000-0000-4000-8000-000000000135', 'user',  'approved'),
  ('bob',     'b0000000-0000-4000-8000-000000000135', 'b1000000-0000-4000-8000-000000000135', 'user',  'approved'),
  ('admin',   'c0000000-0000-4000-8000-000000000135', 'c1000000-0000-4000-8000-000000000135', 'admin', 'approved'),
  ('pending', 'd0000000-0000-4000-8000-000000000135', 'd1000000-0000-4000-8000-000000000135', 'user',  'pending');
grant select on people to authenticated, anon;
insert into auth.users (id, email) select user_id, name || '@bin.test' from people;
delete from public.user_profiles where user_id in (select user_id from people);
insert into public.user_profiles (id, user_id, role, status) select profile_id, user_id, role, status from people;
create function pg_temp.owner(person text) returns uuid language sql as $$
  select profile_id from people where name = person
$$;
create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
  set local role authenticated;
end
$$;
-- What a query answers a person, or what refuses it. What it did stays, unless it is refused.
create function pg_temp.say(person text, query text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform pg_temp.become(person);
  begin
    execute query into answer;
  exception when others then answer := sqlstate || ' ' || sqlerrm;
  end;
  reset role;
  perform set_config('request.jwt.claims', '', true);
  return answer;
end
$$;
create function pg_temp.phone(person text, n integer) returns text language sql as $$
  select '+1415' || (3000000 + 1000 * strpos('alice bob admin', person) + n)
$$;
insert into public.customers (user_id, phone, first_name, last_name, state, tags, attributes, created_at)
  select pg_temp.owner(p.name), pg_temp.phone(p.name, n), 'Ann' || n, 'Of ' || p.name, 'CA', array['t' || n % 2],
    jsonb_build_object('n', n), '2026-01-01'::timestamptz + n * interval '1 day'
  from people p, generate_series(1, 6) n where p.status = 'approved';
update public.customers set first_name = 'one two three four five', last_name = 'six' where phone = pg_temp.phone('alice', 1);
update public.customers set first_name = 'one two three four five', last_name = 'seven' where phone = pg_temp.phone('alice', 2);

-- What could be taken for everybody, or is nothing at all, is refused, and nobody is deleted.
select is(pg_temp.say(p.name, format('select public.delete_customers(%L)', f.filter)), f.answer, p.name || ': ' || coalesce(f.filter, 'null'))
from (values ('alice'), ('admin')) p (name), (values
  (null, 'PT422 filter_required'), ('null', 'PT422 filter_required'), ('{}', 'PT422 filter_required'),
  ('[]', 'PT422 filter_invalid'), ('"all"', 'PT422 filter_invalid'), ('7', 'PT422 filter_invalid'), ('[{"all": true}]', 'PT422 filter_invalid'),
  ('{"all": null}', 'PT422 filter_invalid'), ('{"all": "true"}', 'PT422 filter_invalid'), ('{"all": 1}', 'PT422 filter_invalid'),
  ('{"all": false}', 'PT422 filter_required'), ('{"all": false, "states": ["CA"]}', 'PT422 filter_required'),
  ('{"search": null}', 'PT422 filter_invalid'), ('{"search": ""}', 'PT422 filter_invalid'), ('{"search": " \t\n"}', 'PT422 filter_invalid'),
  ('{"search": ["a"]}', 'PT422 filter_invalid'), ('{"search": 7}', 'PT422 filter_invalid'), ('{"search": "' || repeat('a ', 60) || '"}', 'PT422 filter_invalid'),
  ('{"all": true, "search": ""}', 'PT422 filter_invalid'),
  ('{"states": null}', 'PT422 filter_invalid'), ('{"states": []}', 'PT422 filter_invalid'), ('{"states": [""]}', 'PT422 filter_invalid'),
  ('{"states": ["CA", null]}', 'PT422 filter_invalid'), ('{"states": {"CA": true}}', 'PT422 filter_invalid'), ('{"status": true}', 'PT422 filter_invalid'),
  ('{"tags": [["t1"]]}', 'PT422 filter_invalid'), ('{"tags": " "}', 'PT422 filter_invalid'),
  ('{"attributes": {}}', 'PT422 filter_invalid'), ('{"attributes": null}', 'PT422 filter_invalid'), ('{"attributes": []}', 'PT422 filter_invalid'),
  ('{"attributes": {"": 1}}', 'PT422 filter_invalid'), ('{"attributes": {"a": {}}}', 'PT422 filter_invalid'), ('{"attributes": "n"}', 'PT422 filter_invalid'),
  ('{"created_from": null}', 'PT422 filter_invalid'), ('{"created_from": ""}', 'PT422 filter_invalid'), ('{"created_from": "-infinity"}', 'PT422 filter_invalid'),
  ('{"created_to": "infinity"}', 'PT422 filter_invalid'), ('{"created_to": "now"}', 'PT422 filter_invalid'), ('{"created_to": "2026-13-45"}', 'PT422 filter_invalid'),
  ('{"created_to": "2026-01-01T00:00:00 Nowhere/Land"}', 'PT422 filter_invalid'),
  ('{"ids": null}', 'PT422 filter_invalid'), ('{"ids": []}', 'PT422 filter_invalid'), ('{"ids": ["x"]}', 'PT422 filter_invalid'), ('{"ids": [null]}', 'PT422 filter_invalid'),
  ('{"user_id": null}', 'PT422 filter_invalid'), ('{"user_id": "x"}', 'PT422 filter_invalid'),
  ('{"user_id": "' || pg_temp.owner('alice') || '"}', 'PT422 filter_required'),
  ('{"tag": ["t1"]}', 'PT422 filter_unknown'), ('{"Search": "a"}', 'PT422 filter_unknown')
) f (filter, answer);
select is(pg_temp.say('alice', 'select public.delete_customers(''{"states": ["CA"]}'', null)'), 'PT422 filter_invalid', 'a dry run is one or not');
select is(pg_temp.say('alice', 'select public.list_customers(''{"attributes": {}}'')'), 'PT422 filter_invalid', 'lists refuse the same');
select is((select count(*) from public.customers c join people p on p.profile_id = c.user_id), 18::bigint, 'nobody is deleted');
select is((select count(*) from public.deleted_customers), 0::bigint, 'and nobody in the bin');

-- Whom a deletion means.
select is(pg_temp.say('alice', $$ select public.delete_customers('{"search": "one two three four five six"}', true) ->> 'deleted' $$), '1', 'all six words count');
select is(pg_temp.say('alice', $$ select public.list_customers('{"search": "one two three four five six"}') ->> 'total' $$), '1', 'in lists too');
select is(pg_temp.say('alice', $$ select public.list_customers('{"search": "one two three four five six"}', 'phone') ->> 'total' $$), '1', 'in any order');
select is(pg_temp.say('alice', format($$ select public.delete_customers('{"all": true, "user_id": "%s"}') ->> 'deleted' $$, pg_temp.owner('bob'))), '0', 'of another account there is nobody');
select is(pg_temp.say('admin', $$ select public.delete_customers('{"tags": ["t1"]}') ->> 'deleted' $$), '3', 'an admin''s deletion stays in the admin''s account');
select is(pg_temp.say('admin', $$ select public.delete_customers('{"all": true}', true) ->> 'deleted' $$), '3', 'also of all');
select is(pg_temp.say('admin', format($$ select public.delete_customers('{"all": true, "user_id": "%s"}', true) ->> 'deleted' $$, pg_temp.owner('bob'))), '6', 'unless it names one');
select is((select count(*) from public.customers c join people p on p.profile_id = c.user_id), 15::bigint, 'nobody else is deleted');

-- Every door leads to the bin.
create temp table was as select c.* from public.customers c where c.user_id = pg_temp.owner('alice');
select is(pg_temp.say('alice', format('delete from public.customers where phone = %L returning 1', pg_temp.phone('alice', 1))), '1', 'through PostgREST');
delete from public.customers where phone = pg_temp.phone('alice', 2);
create temp table deletion as
  select (pg_temp.say('alice', $$ select public.delete_customers('{"created_from": "2026-01-04"}') $$)::json ->> 'deletion_id')::uuid as id;
select is((select count(*) from public.deleted_customers d join deletion on d.deletion_id = deletion.id), 4::bigint, 'a deletion has an id');
select is((select count(distinct d.deletion_id) from public.deleted_customers d), 4::bigint, 'of its own');
select results_eq(
  $$ select d.deleted_by, count(*) from public.deleted_customers d where d.user_id = pg_temp.owner('alice') group by 1 order by 2 $$,
  $$ values (null::uuid, 1::bigint), (pg_temp.owner('alice'), 5) $$, 'and says who'
);
select is(pg_temp.say('alice', $$ select json_build_array(public.delete_customers('{"all": true}')) -> 0 ->> 'deletion_id' $$), null, 'none of nobody');
select is(
  (select array_agg(a.attname::text order by a.attname) from pg_attribute a where a.attrelid = 'public.customers'::regclass and a.attnum > 0 and not a.attisdropped),
  (select array_agg(a.attname::text order by a.attname) from pg_attribute a where a.attrelid = 'public.deleted_customers'::regclass and a.attnum > 0
    and not a.attisdropped and a.attname not in ('deletion_id', 'deleted_at', 'deleted_by')),
  'every column of customers is kept'
);

-- Who reads it.
select is(pg_temp.say(w.name, 'select count(*) from public.deleted_customers'), w.seen, w.name || ' sees the bin')
from (values ('alice', '6'), ('bob', '0'), ('admin', '9'), ('pending', '0')) w (name, seen);
select is(pg_temp.say('alice', w.statement), '42501 permission denied for table deleted_customers', 'nobody writes it')
from (values ('delete from public.deleted_customers'), ('update public.deleted_customers set phone = ''x'''),
  ('insert into public.deleted_customers (id, phone, tags, attributes, deletion_id) values (gen_random_uuid(), ''x'', ''{}'', ''{}'', gen_random_uuid())')) w (statement);

-- Restoring.
select is(pg_temp.say(w.name, w.call), w.answer, w.name || ': ' || w.call) from (values
  ('alice', 'select public.restore_customers()', 'PT422 restore_required'), ('alice', 'select public.restore_customers(''{}'')', 'PT422 restore_required'),
  ('alice', 'select public.restore_customers(array[gen_random_uuid()], gen_random_uuid())', 'PT422 restore_required'),
  ('alice', 'select public.restore_customers(array_fill(gen_random_uuid(), array[10001]))', 'PT422 too_many_ids'),
  ('alice', 'select public.restore_customers(null, gen_random_uuid())::jsonb - ''refusals''', '{"refused": 0, "restored": 0}'),
  ('alice', 'select public.restore_customers(array[gen_random_uuid()])::jsonb - ''refusals''', '{"refused": 1, "restored": 0}'),
  ('pending', 'select public.restore_customers(array[gen_random_uuid()])', 'PT403 not_approved'),
  ('bob', (select format('select public.restore_customers(null, %L) ->> ''restored''', id) from deletion), '0')
) w (name, call, answer);
-- Meanwhile 3 has opted out, somebody else has 4's number, alice has 5's herself, and 6 was opted out but is no more.
select private.suppress(pg_temp.phone('alice', 3), null, 'opted_out', 'stop');
insert into public.customers (user_id, phone) values (pg_temp.owner('bob'), pg_temp.phone('alice', 4)), (pg_temp.owner('alice'), pg_temp.phone('alice', 5));
update public.deleted_customers set status = 'inactive', inactive_reason = 'opted_out' where phone = pg_temp.phone('alice', 6);
select private.suppress(pg_temp.phone('alice', 6), null, 'opted_out', 'stop');
select private.lift_suppressions(pg_temp.phone('alice', 6), null, array['opted_out'], 'start', 'START');
select is(pg_temp.say('alice', (select format($$ select jsonb_build_object('r', a.a -> 'restored', 'n', a.a -> 'refused', 'why', (select jsonb_agg((r ->> 'phone') || ' ' || (r ->> 'code') order by r ->> 'phone')
  from json_array_elements(a.a -> 'refusals') r)) from (select public.restore_customers(null, %L) as a) a $$, id) from deletion)),
  format('{"n": 2, "r": 2, "why": ["%s phone_unavailable", "%s phone_taken"]}', pg_temp.phone('alice', 4), pg_temp.phone('alice', 5)),
  'what can be is restored, the rest is named'
);
select results_eq(
  $$ select c.phone, c.status, c.inactive_reason from public.customers c join was w on w.id = c.id order by c.phone $$,
  $$ values (pg_temp.phone('alice', 3), 'inactive', 'opted_out'), (pg_temp.phone('alice', 6), 'active', null) $$,
  'suppressed numbers come back inactive, those that are free again active'
);
select results_eq(
  $$ select to_jsonb(c) - '{status,inactive_reason}'::text[] from public.customers c join was w on w.id = c.id order by c.phone $$,
  $$ select to_jsonb(w) - '{status,inactive_reason}'::text[] from was w where w.phone in (pg_temp.phone('alice', 3), pg_temp.phone('alice', 6)) order by w.phone $$,
  'as they were'
);
select is((select count(*) from public.deleted_customers d join deletion on d.deletion_id = deletion.id), 2::bigint, 'and leave the bin');
select is(pg_temp.say('alice', $$ select public.list_customers('{"search": "ann3"}') ->> 'total' $$), '1', 'and are found again');
select is(pg_temp.say('alice', (select format('select public.restore_customers(array[%L]::uuid[]) ->> ''restored''', id) from was where phone = pg_temp.phone('alice', 1))), '1', 'one by its id');
-- Deleted twice: as it was last. And whoever takes an id that was another's leaves the other's bin alone.
update public.customers set first_name = 'Later' where phone = pg_temp.phone('alice', 1);
delete from public.customers where phone = pg_temp.phone('alice', 1);
insert into public.customers (id, user_id, phone) select id, pg_temp.owner('bob'), pg_temp.phone('bob', 99) from was where phone = pg_temp.phone('alice', 1);
select is(pg_temp.say('alice', (select format('select public.restore_customers(array[%L]::uuid[]) -> ''refusals'' -> 0 ->> ''code''', id) from was where phone = pg_temp.phone('alice', 1))), 'id_taken', 'an id that is taken');
delete from public.customers where phone = pg_temp.phone('bob', 99);
select is(pg_temp.say('alice', (select format('select public.restore_customers(array[%L]::uuid[]) ->> ''restored''', id) from was where phone = pg_temp.phone('alice', 1))), '1', 'is free again');
select is((select first_name from public.customers where phone = pg_temp.phone('alice', 1)), 'Later', 'as it was last');
select is(pg_temp.say('admin', (select format('select public.restore_customers(array[%L]::uuid[]) ->> ''restored''', id) from was where phone = pg_temp.phone('alice', 2))), '1', 'admins restore for others');
select is((select user_id from public.customers where phone = pg_temp.phone('alice', 2)), pg_temp.owner('alice'), 'to whom it belongs');

-- It empties: after 30 days, with its account, and of an erased person.
select is(private.expire_deleted_customers(), 0, 'not at once');
update public.deleted_customers set deleted_at = now() - interval '30 days 1 minute' where phone = pg_temp.phone('alice', 4);
select is(private.expire_deleted_customers(), 1, 'after 30 days');
delete from public.customers where phone = pg_temp.phone('alice', 1);
select is(private.erase_person(pg_temp.phone('alice', 1), 'she asked', null) ->> 'public.deleted_customers', '1', 'who is erased');
select private.erase_person(pg_temp.phone('bob', 1), 'he asked', null);
select is((select count(*) from public.deleted_customers where phone in (pg_temp.phone('alice', 1), pg_temp.phone('bob', 1))), 0::bigint, 'is not in the bin');
delete from auth.users where id = (select user_id from people where name = 'alice');
select is((select count(*) from public.deleted_customers where user_id = pg_temp.owner('alice')), 0::bigint, 'nor is anything of an account that is gone');
select is((select count(*) from public.customers where user_id = pg_temp.owner('alice')), 0::bigint, 'whose customers went');

-- Whoever chooses ids stands in nobody's way, and leaves nothing behind.
insert into public.customer_imports (id, user_id, status) values ('e0000000-0000-4000-8000-000000000135', pg_temp.owner('bob'), 'completed');
insert into private.customer_import_ids select 'e0000000-0000-4000-8000-000000000135', 'eeeeeeee-0000-7000-8000-000000000001', 'eeeeeeee-0000-7000-8000-000000000009';
insert into public.customers (id, user_id, phone) values
  ('eeeeeeee-0000-7000-8000-000000000002', pg_temp.owner('bob'), pg_temp.phone('bob', 50)),
  ('eeeeeeee-0000-7000-8000-000000000003', pg_temp.owner('admin'), pg_temp.phone('admin', 50));
insert into public.campaigns (id, user_id, name, message_body) values ('ecccccc0-0000-4000-8000-000000000135', pg_temp.owner('admin'), 'x', 'Hello');
insert into public.campaign_messages (campaign_id, customer_id, phone_number) values ('ecccccc0-0000-4000-8000-000000000135', 'eeeeeeee-0000-7000-8000-000000000003', pg_temp.phone('admin', 50));
select is(pg_temp.say('bob', $$ select public.undo_customer_import('e0000000-0000-4000-8000-000000000135') ->> 'status' $$), 'undone', 'a stranger''s message does not block an undo');
select is((select count(*) from public.deleted_customers where phone = pg_temp.phone('bob', 50)), 1::bigint, 'whose customers are in the bin');
select is((select count(*) from public.customers where phone = pg_temp.phone('admin', 50)), 1::bigint, 'the stranger''s stays');
update public.customers set id = 'eeeeeeee-0000-7000-8000-00000000000a' where phone = pg_temp.phone('bob', 2);
select is((select count(*) from private.customer_search s where not exists (select from public.customers c where c.id = s.customer_id) and s.user_id = pg_temp.owner('bob')), 0::bigint, 'an id that changes leaves nothing in the search');
select is(pg_temp.say('bob', $$ select public.list_customers('{"search": "ann2"}', 'phone') ->> 'total' $$), '1', 'and is found');

select * from finish();
rollback;
