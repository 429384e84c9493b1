-- The search's backlog: what can't be indexed waits aside, and delays nobody else's.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

delete from private.customer_search_backlog;
select pg_temp.make_owner('a', 3), pg_temp.make_owner('b', 3);
-- As an import leaves it: one part of each owner, a's first.
delete from private.customer_search;
insert into private.customer_search_backlog (user_id, customer_ids, texts)
select pg_temp.owner(o.who), array(select c.id from public.customers c where c.user_id = pg_temp.owner(o.who)), 'somebody'
from (values ('a'), ('b')) o (who);
-- Whatever it is that fails, it is about a's rows.
do $$ begin
  execute format('alter table private.customer_search add constraint not_a check (user_id <> %L)', pg_temp.owner('a'));
end $$;

create function pg_temp.found(who text) returns bigint language sql as $$
  select count(*) from private.customer_search s where s.user_id = pg_temp.owner(who)
$$;
select is(private.index_customers(10), 2, 'both parts are dealt with');
select is(pg_temp.found('b'), 3::bigint, 'b''s customers are indexed');
select is(pg_temp.found('a'), 0::bigint, 'a''s are not');
select results_eq(
  $$ select w.user_id, w.failures, w.failed_with, w.not_before > clock_timestamp(), w.texts from private.customer_search_backlog w $$,
  $$ values (pg_temp.owner('a'), 1, '23514', true, null::text) $$,
  'a''s part is parked, says why, and no longer what people are called'
);
select is(private.index_customers(10), 0, 'nobody takes it before its time');

-- Meanwhile the search finds a's customers in the backlog.
select set_config('request.jwt.claims', '{"sub":"a0000000-0000-4000-8000-000000000240","role":"authenticated"}', true);
select is((public.list_customers(jsonb_build_object('search', pg_temp.phone('a', 1)), '-first_name') ->> 'total'), '1', 'a parked part is searched like the rest');

update private.customer_search_backlog set not_before = '-infinity';
select is(private.index_customers(10), 1, 'it is tried again');
select is((select w.failures from private.customer_search_backlog w), 2, 'and parked again');
select cmp_ok((select w.not_before - clock_timestamp() from private.customer_search_backlog w), '>', interval '1 second', 'for longer');
update private.customer_search_backlog set failures = 1000, not_before = '-infinity';
select is(private.index_customers(10), 1, 'however often it has failed');
select cmp_ok((select w.not_before - clock_timestamp() from private.customer_search_backlog w), '<=', interval '1 day', 'a day is the longest');

alter table private.customer_search drop constraint not_a;
update private.customer_search_backlog set not_before = '-infinity';
select is(private.index_customers(10), 1, 'once nothing is in its way');
select is(pg_temp.found('a'), 3::bigint, 'a''s customers are indexed');
select is_empty('select from private.customer_search_backlog', 'and nothing is left');

-- Beside others' work it takes a few at a time and rests: all are indexed, and it takes longer than the work does.
insert into public.customers (user_id, phone, first_name)
select pg_temp.owner('b'), '+1415555' || (2000 + n), 'Many' || n from generate_series(1, 250) n;
create function pg_temp.index_again(rests integer) returns interval language plpgsql as $$
declare
  began timestamp with time zone := clock_timestamp();
begin
  delete from private.customer_search;
  insert into private.customer_search_backlog (user_id, customer_ids)
  select pg_temp.owner('b'), array(select c.id from public.customers c where c.user_id = pg_temp.owner('b'));
  perform private.index_customers(10, rests);
  return clock_timestamp() - began;
end
$$;
select pg_temp.index_again(0);
select cmp_ok(pg_temp.index_again(40), '>', 4 * pg_temp.index_again(0), 'it rests between its steps');
select is(pg_temp.found('b'), 253::bigint, 'and what nobody rests for is indexed');
select pg_temp.index_again(1);
select is(pg_temp.found('b'), 253::bigint, 'as is what it does step by step');
select is_empty('select from private.customer_search_backlog', 'to the last');

select * from finish();
rollback;
