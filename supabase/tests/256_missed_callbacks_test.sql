-- Which messages wait for a callback that does not come, and the reading of Twilio's list that looks for them.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 10);
create function pg_temp.silent() returns integer language sql as $$ select private.find_silent_messages('30 minutes') $$;
create function pg_temp.read() returns setof private.list_reading language sql as $$ select * from private.take_list_reading('2 minutes') $$;
create function pg_temp.lease() returns uuid language sql stable as $$ select lease from private.list_reading $$;
create function pg_temp.finish() returns void language sql as $$ select private.finish_list_reading(pg_temp.lease(), '30 minutes') $$;
-- What is waited for, as positions, and what the next reading looks for.
create function pg_temp.awaited() returns integer[] language sql stable as $$
  select array_agg(distinct p order by p) from private.awaited_callbacks a, unnest(a.positions) p
$$;
create function pg_temp.due() returns integer[] language sql stable as $$
  select array_agg(distinct p order by p) from private.awaited_callbacks a, unnest(a.positions) p where a.reading = 0
$$;
create function pg_temp.callback(place integer, news text) returns integer language sql as $$
  select pg_temp.record_deliveries(
    array[m.id], array[m.twilio_sid], array[news], array[null::text], array[null::integer], array[null::text], array[false]
  )
  from public.campaign_messages m where m.position = place
$$;

select pg_temp.launch('a', 1);
select is(pg_temp.take(), 10, 'ten messages are taken');
select pg_temp.record((pg_temp.of_take(1))[1:9], 'sent', null, false);
select is(pg_temp.awaited(), null, 'while a claim lasts, nothing is waited for');
select pg_temp.record((pg_temp.of_take(1))[10:10], 'failed', 'invalid_number');
select is(cardinality(pg_temp.awaited()), 10, 'afterwards all of it, in one row');
select is((select count(*) from private.awaited_callbacks), 1::bigint, 'one row');
select pg_temp.callback(place, 'delivered') from generate_series(1, 5) place
  where place not in (select position from public.campaign_messages where status = 'failed');
create function pg_temp.open() returns integer[] language sql stable as $$
  select array_agg(position order by position) from public.campaign_messages where status = 'sent'
$$;
select pg_temp.pass('29 minutes');
select is(pg_temp.silent(), 0, 'nobody looks before it is overdue');
select is_empty('select * from pg_temp.read()', 'and nobody reads');
select pg_temp.pass('2 minutes');
select is(pg_temp.silent(), 1, 'then somebody does');
select is(pg_temp.due(), pg_temp.open(), 'only what is open is looked for');
select is(pg_temp.silent(), 0, 'once');

-- One reader.
select results_eq(
  $$ select number, under_way, oldest < clock_timestamp() - interval '59 minutes', oldest > clock_timestamp() - interval '2 hours', next_page,
       first_day <= (clock_timestamp() at time zone 'UTC')::date, last_day >= (clock_timestamp() at time zone 'UTC')::date
     from pg_temp.read() $$,
  $$ values (1::bigint, true, true, true, null::text, true, true) $$, 'a reading of the days on which it was sent, by the clock of the machine'
);
select is_empty('select * from pg_temp.read()', 'nobody else reads meanwhile');
select ok(private.advance_list_reading(pg_temp.lease(), '/page2', '2 minutes'), 'the reader goes on');
select pg_temp.pass('3 minutes');
create temp table dead as select pg_temp.lease() as lease;
select results_eq('select number, next_page, pages from pg_temp.read()', $$ values (1::bigint, '/page2', 1) $$, 'when it has died, another one goes on where it was');
select ok(not private.advance_list_reading((select lease from dead), '/page3', '2 minutes'), 'and it does not, if it comes back');
select private.finish_list_reading((select lease from dead), '30 minutes');
select ok((select under_way from private.list_reading), 'nor does it end the reading');

-- Twilio does not answer.
select private.put_off_list_reading(pg_temp.lease(), '20 seconds', false);
select is_empty('select * from pg_temp.read()', 'Twilio is left alone for as long as it says');
select pg_temp.pass('21 seconds');
select results_eq('select next_page, failures from pg_temp.read()', $$ values ('/page2', 1) $$, 'and asked for the same page again');
select private.put_off_list_reading(pg_temp.lease(), null, true);
select pg_temp.pass('50 seconds');
select is_empty('select * from pg_temp.read()', 'each time in a row for longer');
select pg_temp.pass('11 seconds');
select results_eq('select next_page, failures from pg_temp.read()', $$ values (null::text, 2) $$, 'a link that is no good begins anew');

-- What is not found.
create temp table was_open as select pg_temp.open() as positions;
select pg_temp.callback((select positions[1] from was_open), 'delivered');
select pg_temp.finish();
select is(pg_temp.silent(), 0, 'what was not found is not due at once');
select is_empty('select * from pg_temp.read()', 'and there is nothing to read');
select pg_temp.pass('18 minutes');
select is(pg_temp.silent(), 1, 'but later');
select is(pg_temp.due(), (select positions[2:] from was_open), 'without what was found');
select isnt_empty('select * from pg_temp.read()', 'it is read again');
select pg_temp.pass('10 hours');
select isnt_empty('select * from pg_temp.read()', 'the reader died');
select pg_temp.finish();
select pg_temp.pass('5 hours');
select is(pg_temp.silent(), 0, 'the older it is, the more rarely');
select pg_temp.pass('1 hour');
select is(pg_temp.silent(), 1, 'but it is');
select pg_temp.read();
select pg_temp.finish();
select pg_temp.pass('4 days');
select is(pg_temp.silent(), 1, 'until nothing can come any more');
select is(pg_temp.awaited(), null, 'then it is left');
select is_empty('select * from pg_temp.read()', 'and nothing is read');

-- All that was sent is waited for, also in claims that were in doubt.
select pg_temp.set_clock('2026-12-08 12:00 America/Los_Angeles');
select pg_temp.launch('a', 2);
select is(pg_temp.take(), 10, 'ten messages are taken');
select pg_temp.record((pg_temp.of_take(pg_temp.last_take()))[1:8], 'sent', null, false);
select pg_temp.pass('1 minute');
select count(*) from private.take_doubts(10, '1 minute', '1 day');
select is(cardinality(pg_temp.awaited()), 10, 'what leaves a claim in doubt is waited for');
select private.settle_doubt(
  (select id from private.send_claims), (pg_temp.of_take(pg_temp.last_take()))[9], array['SMfound'], null
);
select pg_temp.pass('2 minutes');
select count(*) from private.take_doubts(10, '1 minute', '1 day');
select pg_temp.pass('30 minutes');
select is(pg_temp.silent(), 2, 'and what leaves it later');
select is(cardinality(pg_temp.due()), 9, 'but not what is in doubt');

-- A campaign that is gone.
delete from public.campaigns;
update private.awaited_callbacks set reading = null;
select is(pg_temp.silent(), 2, 'of a campaign that is gone');
select is(pg_temp.awaited(), null, 'nothing is waited for');

-- Twilio's messages and ours.
select pg_temp.launch('a', 3);
select pg_temp.take();
select pg_temp.record((pg_temp.of_take(pg_temp.last_take()))[1:2], 'sent');
select pg_temp.callback((select min(position) from public.campaign_messages where status = 'sent'), 'delivered');
select results_eq(
  $$ select id from private.open_messages(array(select twilio_sid from public.campaign_messages) || '{SMother,null}') $$,
  $$ select id from public.campaign_messages where status = 'sent' $$, 'only ours, and only those without an end'
);

select * from finish();
rollback;
