-- Imports, lists and the search behind them: who reaches them, and what undoing spares.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid, profile_id uuid, role text, status text);
insert into people values
  ('alice',   'a0000000-0000-4000-8000-000000000005', 'a1000000-0000-4000-8000-000000000005', 'user',  'approved'),
  ('bob',     'b0000000-0000-4000-8000-000000000005', 'b1000000-0000-4000-8000-000000000005', 'user',  'approved'),
  ('admin',   'c0000000-0000-4000-8000-000000000005', 'c1000000-0000-4000-8000-000000000005', 'admin', 'approved'),
  ('pending', 'd0000000-0000-4000-8000-000000000005', 'd1000000-0000-4000-8000-000000000005', 'user',  'pending');
grant select on people to authenticated, anon;
insert into auth.users (id, email) select user_id, name || '@imports.test' from people;
delete from public.user_profiles where user_id in (select user_id from people);
insert into public.user_profiles (id, user_id, role, status) select profile_id, user_id, role, status from people;

create function pg_temp.owner(person text) returns uuid language sql as $$
  select profile_id from people where name = person
$$;
create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  reset role;
  if person = 'anon' then
    perform set_config('request.jwt.claims', '{"role":"anon"}', true);
    set local role anon;
  else
    perform set_config('request.jwt.claims',
      (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
    set local role authenticated;
  end if;
end
$$;
-- What a query answers `person`, or the SQLSTATE and message that refuse it. Leaves no trace.
create function pg_temp.ask(person text, query text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform pg_temp.become(person);
  begin
    execute query into answer;
    raise exception using errcode = 'ZZ000', message = coalesce(answer, 'null');
  exception
    when sqlstate 'ZZ000' then answer := sqlerrm;
    when others then answer := sqlstate || ' ' || case when sqlstate like 'PT%' then sqlerrm else '' end;
  end;
  reset role;
  return answer;
end
$$;

insert into public.customer_imports (id, user_id, status, header)
  select (left(profile_id::text, 1) || '2000000-0000-4000-8000-000000000005')::uuid, profile_id, 'completed', '{phone}' from people;
create function pg_temp.import(person text) returns uuid language sql as $$
  select id from public.customer_imports where user_id = pg_temp.owner(person) order by created_at limit 1
$$;
insert into public.customer_import_rejects (import_id, row, column_name, code, detail, cells)
  select pg_temp.import(name), 2, 'phone', 'phone_empty', 'missing', '{secret}' from people;

-- Records and rejects: each reads their own, an admin all, nobody writes.
select is(pg_temp.ask(name, 'select count(*) from public.customer_imports where user_id in (select profile_id from people)'), seen, name || ' sees imports')
from (values ('alice', '1'), ('bob', '1'), ('admin', '4'), ('pending', '0'), ('anon', '42501 ')) e (name, seen);
select is(pg_temp.ask(name, $$select count(*) from public.customer_import_rejects where cells = '{secret}'$$), seen, name || ' sees rejects')
from (values ('alice', '1'), ('bob', '1'), ('admin', '4'), ('pending', '0'), ('anon', '42501 ')) e (name, seen);
select is(pg_temp.ask(name, format(verb, pg_temp.import('alice'), pg_temp.owner('alice'))), '42501 ', name || ' writes no ' || verb)
from (values ('alice'), ('bob'), ('admin'), ('pending'), ('anon')) p (name),
  (values
    ('insert into public.customer_imports (user_id) values (%2$L) returning 1'),
    ('update public.customer_imports set status = ''failed'' where id = %1$L returning 1'),
    ('delete from public.customer_imports where id = %1$L returning 1'),
    ('insert into public.customer_import_rejects values (%1$L, 9, '''', '''', '''', ''{}'') returning 1'),
    ('delete from public.customer_import_rejects where import_id = %1$L returning 1'),
    ('select count(*) from private.customer_search'),
    ('select count(*) from private.customer_search_backlog'),
    ('select count(*) from private.customer_import_changes'),
    ('select count(*) from private.idempotency_keys')
  ) v (verb);

-- The functions: not for strangers, nor before approval.
select is(pg_temp.ask(name, call), refused, name || ': ' || call)
from (values ('anon', '42501 '), ('pending', 'PT403 not_approved')) p (name, refused),
  (values
    ('select public.list_customers()'),
    ('select public.count_customers()'),
    ('select public.customers_after()'),
    ('select public.customer_attribute_names()'),
    ('select public.delete_customers(''{"all": true}'')'),
    ('select public.create_customer(''{"phone": "+14155550111"}'')')
  ) c (call);
select is(pg_temp.ask(name, format('select public.%s(%L)', call, pg_temp.import('alice'))), 'PT404 customer_import_not_found', name || ' has no import to ' || call)
from (values ('bob'), ('pending')) p (name),
  (values ('cancel_customer_import'), ('undo_customer_import'), ('delete_customer_import_rejects')) c (call);
select is(pg_temp.ask('alice', format('select public.cancel_customer_import(%L)', pg_temp.import('alice'))), 'PT409 customer_import_not_running', 'what is done is not canceled');

-- Rejects go when their owner says so, or after 30 days; what was counted stays.
update public.customer_imports set rejected = 1, rejects_kept = 1 where user_id in (select profile_id from people);
select is(
  pg_temp.ask('alice', format($$select concat(r ->> 'rejected', r ->> 'rejects_kept', (select count(*) from public.customer_import_rejects
    where import_id = %1$L)) from public.delete_customer_import_rejects(%1$L) r$$, pg_temp.import('alice'))),
  '101', 'an owner deletes the rejects, as their statement began they were there'
);
select is(private.expire_import_rejects(), 0, 'young rejects are kept');
update public.customer_imports set created_at = now() - interval '31 days' where id = pg_temp.import('bob');
select is(private.expire_import_rejects(), 1, 'old ones are not');
select is((select rejects_kept::text from public.customer_imports where id = pg_temp.import('bob')), '0', 'and their record says so');
select is(private.expire_import_rejects(), 0, 'once');

-- Tags and attributes keep their rules whoever writes.
select is(pg_temp.ask('alice', format('insert into public.customers (phone, %s) values (''+14155550112'', %L) returning 1', col, val)), '23514 ', val || ' is refused')
from (values ('tags', '{"a,b"}'), ('tags', '{""}'), ('tags', '{a,a}'), ('tags', '{" a"}'),
  ('attributes', '[]'), ('attributes', '{"a": {}}'), ('attributes', '{"": 1}')) w (col, val);
select is(pg_temp.ask('alice', $$insert into public.customers (phone, tags, attributes) values ('+14155550112', '{vip}', '{"plan": "gold", "n": 1}') returning tags$$), '{vip}', 'good ones are taken');
select is(
  pg_temp.ask('alice', $$insert into public.customers (phone, first_name, tags, attributes)
    values ('+14155550112', U&'A\200Bn\00ADn', array[U&'\FEFFvip', 'vip'], '{"n": 3.0, "vip": true, "gone": null}')
    returning concat_ws('|', first_name, tags::text, attributes::text)$$),
  'Ann|{vip}|{"n": "3", "vip": "true"}', 'what is invisible is dropped, and attributes are texts'
);
select ok(private.audience_is_valid('{"tags": ["vip"], "attributes": {"plan": "gold"}}'), 'an audience names tags and attributes');
select ok(not private.audience_is_valid('{"tags": "vip"}') and not private.audience_is_valid('{"attributes": {"a": []}}'), 'and names them rightly');

-- The search knows every customer at once, however many came in one statement, and forgets those that go.
insert into public.customers (user_id, phone, first_name)
  select pg_temp.owner('alice'), '+1415555' || (2000 + n), 'Many' || n from generate_series(1, 300) n;
insert into public.customers (user_id, phone, first_name) values (pg_temp.owner('alice'), '+14155553000', 'Single');
select is((select count(*)::int from private.customer_search where user_id = pg_temp.owner('alice')), 1, 'one is indexed at once');
select is((select sum(cardinality(customer_ids))::int from private.customer_search_backlog where user_id = pg_temp.owner('alice')), 300, 'many wait');
create function pg_temp.found(search text, sort text default '-created_at') returns text language sql as $$
  select pg_temp.ask('alice', format('select public.list_customers(%L, %L) ->> ''total''', json_build_object('search', search), sort))
$$;
select is(pg_temp.found('many123'), '1', 'what waits is found');
select ok(
  (select bool_and(b.texts like '%many%') from private.customer_search_backlog b where b.user_id = pg_temp.owner('alice')),
  'what waits says what its customers are called'
);
select is(pg_temp.found('many123', 'first_name'), '1', 'whatever the order');
select lives_ok($$select private.index_customers(1000)$$, 'the worker brings them in');
select is((select count(*)::int from private.customer_search where user_id = pg_temp.owner('alice')), 301, 'all of them');
select is(pg_temp.found('many123', 'first_name'), '1', 'what is indexed is found');
update public.customers set first_name = 'Renamed' where phone = '+14155552123';
select is(pg_temp.found('many123', 'first_name'), '0', 'by its old name no more');
select is(pg_temp.found('renamed', 'first_name'), '1', 'by its new name at once');
update public.customers set first_name = 'All' || phone where user_id = pg_temp.owner('alice');
select is(pg_temp.found('all+14155552123', 'first_name'), '1', 'after many changes too');
select is(pg_temp.ask('bob', $$select public.list_customers('{"search": "all"}') ->> 'total'$$), '0', 'and by its owner only');
delete from public.customers where phone = '+14155553000';
select is((select count(*)::int from private.customer_search where user_id = pg_temp.owner('alice')), 300, 'what is deleted is forgotten');

insert into private.customer_search_backlog (user_id, after_id, last_id)
  select pg_temp.owner('alice'), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff';
delete from private.customer_search where user_id = pg_temp.owner('alice');
delete from private.customer_search_backlog where customer_ids is not null;
select is(pg_temp.found('all+14155552123', 'first_name'), '1', 'a range of ids that waits is found as well');
-- A part's texts are asked first, with the very characters that were searched.
update private.customer_search_backlog set texts = e'nobody\na%b_c\\d +14155552123';
select is(pg_temp.found('all+14155552123', 'first_name'), '0', 'a part whose texts contain a word not is passed by');
update public.customers set first_name = 'A%B_c\D' where phone = '+14155552123';
delete from private.customer_search_backlog where customer_ids is not null;
select is(pg_temp.found(w.word, 'first_name'), w.total, w.word || ' is found as it is written')
from (values ('a%b_c\d', '1'), ('A%', '1'), ('b_C', '1'), ('c\d 2123', '1'), ('axb', '0')) w (word, total);
select lives_ok($$select private.index_customers(1000)$$, 'and brought in');
select is((select count(*)::int from private.customer_search where user_id = pg_temp.owner('alice')), 300, 'all of it');
select is((select count(*)::int from private.customer_search_backlog), 0, 'until nothing waits');

-- Undoing.
select is(pg_temp.ask('bob', format('select public.undo_customer_import(%L)', pg_temp.import('alice'))), 'PT404 customer_import_not_found', 'nobody undoes another''s import');
insert into private.customer_import_ids values
  (pg_temp.import('bob'), 'b9000000-0000-7000-8000-000000000001', 'b9000000-0000-7000-8000-0000000000ff');
insert into public.customers (id, user_id, phone, status, created_at, updated_at)
select ids.id::uuid, pg_temp.owner(ids.owner), ids.phone, ids.status, now() - interval '1 hour', now() - interval '1 hour'
from (values
  ('b9000000-0000-7000-8000-000000000001', 'bob', '+14155554001', 'active'),
  ('b9000000-0000-7000-8000-000000000002', 'bob', '+14155554002', 'active'),
  ('b9000000-0000-7000-8000-000000000003', 'alice', '+14155554003', 'active'),
  ('ba000000-0000-7000-8000-000000000001', 'bob', '+14155554004', 'active'),
  ('b9000000-0000-7000-8000-000000000004', 'bob', '+14155554005', 'inactive'),
  ('b9000000-0000-7000-8000-000000000005', 'bob', '+14155554006', 'inactive'),
  ('ba000000-0000-7000-8000-000000000002', 'bob', '+14155554007', 'active'),
  ('ba000000-0000-7000-8000-000000000003', 'bob', '+14155554008', 'active')
) ids (id, owner, phone, status);
insert into private.customer_import_changes values
  (pg_temp.import('bob'), 'ba000000-0000-7000-8000-000000000001', '{"first_name": "Old", "state": "CA"}', '{"first_name": "New", "state": "NY"}'),
  (pg_temp.import('bob'), 'ba000000-0000-7000-8000-000000000002', '{"status": "active"}', '{"status": "inactive"}'),
  (pg_temp.import('bob'), 'ba000000-0000-7000-8000-000000000003', '{"status": "active"}', '{"status": "inactive"}');
update public.customers set first_name = 'New', state = 'TX' where phone = '+14155554004';
update public.customers set status = 'inactive' where phone in ('+14155554002', '+14155554007', '+14155554008');
-- Not to be texted since, though nobody has told the customers yet.
select isnt(private.suppress(n.phone, pg_temp.owner('bob'), 'manual', 'person'), null, 'a number is suppressed')
from (values ('+14155554006'), ('+14155554008')) n (phone);
savepoint texted;
insert into public.campaigns (id, user_id, name) values ('bc000000-0000-4000-8000-000000000005', pg_temp.owner('bob'), 'x');
insert into public.campaign_messages (campaign_id, customer_id, phone_number)
  values ('bc000000-0000-4000-8000-000000000005', 'ba000000-0000-7000-8000-000000000001', '+14155554004');
select is(pg_temp.ask('bob', format('select public.undo_customer_import(%L)', pg_temp.import('bob'))), 'PT409 customer_import_texted', 'who is texted is not taken back');
rollback to texted;
-- For good: as its owner by the token, though not by the role.
select set_config('request.jwt.claims', json_build_object('sub', user_id, 'role', 'authenticated')::text, true) from people where name = 'bob';
select is(public.undo_customer_import(pg_temp.import('bob')) ->> 'status', 'undone', 'an import is undone');
select results_eq(
  $$select phone, concat(coalesce(first_name, '-'), coalesce(state, '-'), ' ', status) from public.customers where phone like '+1415555400%' order by phone$$,
  $$values ('+14155554002', '-- inactive'), ('+14155554003', '-- active'), ('+14155554004', 'OldTX active'), ('+14155554006', '-- inactive'),
    ('+14155554007', '-- active'), ('+14155554008', '-- inactive')$$,
  'who opted out, another tenant''s customer and what was changed since stay; who is inactive by the file alone does not'
);
select is(pg_temp.ask('bob', format('select public.undo_customer_import(%L)', pg_temp.import('bob'))), 'PT409 customer_import_not_undoable', 'once');

-- An import that gives no sign has failed, and one that does has not.
insert into public.customer_imports (id, user_id, updated_at) values
  ('b3000000-0000-4000-8000-000000000005', pg_temp.owner('bob'), now() - interval '1 minute'),
  ('b4000000-0000-4000-8000-000000000005', pg_temp.owner('bob'), now());
select is(private.fail_interrupted_imports(), 1, 'one is found');
select results_eq(
  $$select status, failure_code from public.customer_imports where id in ('b3000000-0000-4000-8000-000000000005', 'b4000000-0000-4000-8000-000000000005') order by id$$,
  $$values ('failed', 'interrupted'), ('running', null)$$,
  'the silent one'
);

-- An import that overwrites everybody writes no index: each page has room for its customers' next versions.
insert into public.customers (user_id, phone, first_name)
select pg_temp.owner('alice'), '+1415556' || lpad(n::text, 4, '0'), 'Before' from generate_series(1000, 1999) n;
create temp table hot_updates as select pg_stat_get_xact_tuples_hot_updated('public.customers'::regclass) as n;
update public.customers set first_name = 'Afterwards' where user_id = pg_temp.owner('alice') and first_name = 'Before';
select cmp_ok(
  pg_stat_get_xact_tuples_hot_updated('public.customers'::regclass) - (select h.n from hot_updates h), '>=', 990::bigint,
  'nearly all of a thousand new versions lie beside the old ones'
);

-- A region that is no state of ours is an attribute, and came from the file's column of states.
select is(private.cells_of_staged('{"phone": "+49301234", "attributes": {"region": "Bavaria"}}', '{phone,state}'), '{+49301234,Bavaria}', 'no region is lost in a reject');

select * from finish();
rollback;
