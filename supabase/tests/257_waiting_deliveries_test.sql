-- News of callbacks that are kept and recorded a moment later: in groups, once, and whatever the database refuses.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 6);
select pg_temp.launch('a', 1);
update public.campaign_messages set status = 'sent', sent_at = now(), segments = 1, twilio_sid = 'SM' || phone_number;
create function pg_temp.news(n integer, status text, known boolean default true, code integer default null)
returns private.delivery_news language sql stable as $$
  select (case when known then pg_temp.message('a', 1, n) end, 'SM' || pg_temp.phone('a', n), news.status,
    case when code is not null then 'unreachable' end, code, null, code is not null)::private.delivery_news
$$;
create function pg_temp.statuses() returns text language sql stable as $$
  select string_agg(m.status, ' ' order by m.phone_number) from public.campaign_messages m
$$;
create function pg_temp.wait(variadic news private.delivery_news[]) returns void language sql as $$
  insert into private.waiting_deliveries (news) values (wait.news)
$$;
create function pg_temp.counted() returns text language sql stable as $$
  select format('%s sent, %s delivered, %s failed', c.sent_count, c.delivered_count, c.failed_count) from public.campaigns c
$$;

select results_eq(
  'select * from private.record_waiting_deliveries(false, false, 1000)', 'values (0, null::bigint)', 'nothing waits, nothing is recorded'
);

-- Several groups in one statement; the first final status of a message is its last.
select pg_temp.wait(pg_temp.news(1, 'sent'), pg_temp.news(2, 'delivered', false));
select pg_temp.wait(pg_temp.news(1, 'delivered', false), pg_temp.news(2, 'failed'));
select pg_temp.wait(pg_temp.news(3, 'failed', true, 30005), row(null, 'SMunknown', 'delivered', null, null, null, false)::private.delivery_news);
select results_eq(
  'select * from private.record_waiting_deliveries(false, false, 1000)', 'values (3, null::bigint)', 'all groups are recorded'
);
select is(pg_temp.statuses(), 'delivered delivered failed sent sent sent', 'each message has its highest status, the first of two final ones');
select is(pg_temp.counted(), '6 sent, 0 delivered, 0 failed', 'the campaign''s row is left alone');
select isnt(private.count_tallies(0, 'infinity'), 0::bigint, 'until what was recorded is counted');
select is(pg_temp.counted(), '6 sent, 2 delivered, 1 failed', 'then each is counted once');
select is(private.count_tallies(0, 'infinity'), 0::bigint, 'and nothing is left to count');
select results_eq(
  $$ select s.phone, s.reason from private.suppressions s $$, $$ values (pg_temp.phone('a', 3), 'unreachable') $$,
  'a number that does not work is suppressed'
);
select is_empty('select from private.waiting_deliveries', 'nothing waits any more');

-- What is counted in parts, and by whom.
savepoint counting;
select private.record_deliveries(array[pg_temp.news(4, 'delivered')], false, true);
create temp table first_tally as select max(t.id) as id, max(t.since) as since from private.campaign_tallies t;
select private.record_deliveries(array[pg_temp.news(5, 'delivered')], true, true);
select is(pg_temp.counted(), '6 sent, 2 delivered, 1 failed', 'not counted yet');
select is(
  private.count_tallies(0, (select f.since from first_tally f)), (select f.id from first_tally f), 'only those of before are counted'
);
select is(pg_temp.counted(), '6 sent, 3 delivered, 1 failed', 'which is one');
select is(
  private.count_tallies((select max(t.id) from private.campaign_tallies t), 'infinity'),
  (select max(t.id) from private.campaign_tallies t), 'those up to an id are left alone'
);
select private.remake_work((select c.id from public.campaigns c));
select is(pg_temp.counted(), '6 sent, 4 delivered, 1 failed', 'who counts all messages again needs no tally');
select is_empty('select from private.campaign_tallies', 'and takes them');
-- A campaign that refuses its counts costs the others nothing.
select pg_temp.make_owner('b', 1);
select pg_temp.launch('b', 1);
update public.campaign_messages set status = 'sent', sent_at = now(), segments = 1, twilio_sid = 'SM' || phone_number
where campaign_id = pg_temp.id('b', 1);
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
create trigger refuse before update of delivered_count on public.campaigns for each row
  when (new.user_id = pg_temp.owner('a')) execute function pg_temp.refuse();
select private.record_deliveries(array[pg_temp.news(6, 'delivered'), (
  select (m.id, m.twilio_sid, 'delivered', null, null, null, false)::private.delivery_news
  from public.campaign_messages m where m.campaign_id = pg_temp.id('b', 1)
)], false, true);
select private.count_tallies(0, 'infinity');
select results_eq(
  'select c.delivered_count from public.campaigns c order by c.user_id = pg_temp.owner(''a'') desc', 'values (4), (1)',
  'of two campaigns, the one that refuses is left'
);
drop trigger refuse on public.campaigns;
select private.count_tallies(0, 'infinity');
select results_eq(
  'select c.delivered_count from public.campaigns c order by c.user_id = pg_temp.owner(''a'') desc', 'values (5), (1)',
  'and is counted once it does not'
);
select private.count_messages_later(array[row(pg_temp.id('a', 1), 'sent', null, true, 1)::private.message_count]);
delete from public.campaigns;
select isnt(private.count_tallies(0, 'infinity'), 0::bigint, 'those of a campaign that is gone are dropped');
select is_empty('select from private.campaign_tallies', 'and do not stay');
rollback to savepoint counting;

-- Not too many in one statement.
select pg_temp.wait(pg_temp.news(4, 'delivered'), pg_temp.news(4, 'delivered'), pg_temp.news(4, 'sent'));
select pg_temp.wait(pg_temp.news(5, 'delivered'));
select pg_temp.wait(pg_temp.news(6, 'delivered'));
create temp table recorded as select * from private.record_waiting_deliveries(false, false, 4);
select results_eq(
  'select r.recorded, r.oldest = (select min(w.id) from private.waiting_deliveries w) from recorded r', 'values (2, true)',
  'groups are recorded until there are enough, and the first of the others is named'
);
select is(pg_temp.statuses(), 'delivered delivered failed delivered delivered sent', 'the oldest come first');
select results_eq(
  format('select * from private.record_waiting_deliveries(true, false, 1000, %s)', (select max(w.id) + 1 from private.waiting_deliveries w)),
  'values (0, null::bigint)', 'those before the first that is asked for are left alone'
);
select results_eq('select * from private.record_waiting_deliveries(true, false, 1000)', 'values (1, null::bigint)', 'the rest follow');

-- What was put off waits until it is asked for.
insert into private.waiting_deliveries (news, put_off) values (array[pg_temp.news(6, 'sent')], true);
select results_eq(
  'select * from private.record_waiting_deliveries(true, false, 1000)', 'values (0, null::bigint)', 'what was put off is left alone'
);
select results_eq(
  'select * from private.record_waiting_deliveries(true, true, 1000)', 'values (1, null::bigint)', 'until it is asked for'
);

-- Who asks for those leaves to the recorder what it may be recording just now, and takes what nobody recorded.
select pg_temp.wait(pg_temp.news(6, 'delivered'));
select results_eq(
  'select r.recorded from private.record_waiting_deliveries(true, true, 1000) r', 'values (0)', 'what just came is left alone'
);
select is(
  (select w.put_off from private.waiting_deliveries w), false, 'and is not put off'
);
update private.waiting_deliveries set since = clock_timestamp() - interval '2 seconds';
select results_eq(
  'select r.recorded from private.record_waiting_deliveries(true, true, 1000) r', 'values (1)', 'what waits for two seconds is recorded'
);
select is(pg_temp.statuses(), 'delivered delivered failed delivered delivered delivered', 'and shows');

-- What the database refuses.
delete from public.campaigns;
select pg_temp.launch('a', 2);
update public.campaign_messages set status = 'sent', sent_at = now(), segments = 1, twilio_sid = 'SN' || phone_number;
alter table public.campaign_messages add constraint no_poison check (reason <> 'poison');
insert into private.waiting_deliveries (news)
select array_agg((
  m.id, m.twilio_sid, case n when 2 then 'failed' else 'delivered' end, case n when 2 then 'poison' end, null, null, false
)::private.delivery_news)
from generate_series(1, 3) n join public.campaign_messages m on m.phone_number = pg_temp.phone('a', 3 + n);
select throws_ok('select * from private.record_waiting_deliveries(false, false, 1000)', '23514', null, 'one that is refused stops its group');
select is((select count(*) from private.waiting_deliveries), 1::bigint, 'which waits on');
select is(private.record_waiting_deliveries_singly(), 1, 'one by one, only that one is dropped');
select is(
  (select string_agg(m.status, ' ' order by m.phone_number) from public.campaign_messages m where m.phone_number > pg_temp.phone('a', 3)),
  'delivered sent delivered', 'and the others are recorded'
);
select is_empty('select from private.waiting_deliveries', 'nothing is left of it');
create function pg_temp.lock() returns trigger language plpgsql as $$ begin raise lock_not_available; end $$;
create trigger lock before update on public.campaign_messages for each row execute function pg_temp.lock();
insert into private.waiting_deliveries (news)
select array[(m.id, m.twilio_sid, 'delivered', null, null, null, false)::private.delivery_news]
from public.campaign_messages m where m.status = 'sent' and m.phone_number = pg_temp.phone('a', 5);
select throws_ok('select private.record_waiting_deliveries_singly()', '55P03', null, 'what somebody has locked is not refused');
select is((select count(*) from private.waiting_deliveries), 1::bigint, 'but waits on');
drop trigger lock on public.campaign_messages;
delete from private.waiting_deliveries;
select is(private.record_waiting_deliveries_singly(), 0, 'without any, nothing happens');

-- Of a message that is deleted, it is still learned that its number must not be texted.
create temp table late as
select m.phone_number as phone, (
  m.id, case when m.phone_number = pg_temp.phone('a', 6) then 'SMother' else m.twilio_sid end, 'failed', 'opted_out', 21610, null, true
)::private.delivery_news as news
from public.campaign_messages m where m.phone_number > pg_temp.phone('a', 3);
delete from public.customers;
select private.record_deliveries(array(select l.news from late l where l.phone <> pg_temp.phone('a', 5) order by (l.news).message_id), true, true);
insert into private.waiting_deliveries (news) select array[l.news] from late l where l.phone = pg_temp.phone('a', 5);
select private.record_waiting_deliveries(true, false, 1000);
select bag_eq(
  $$ select s.phone, s.reason, s.source, s.evidence ->> 'error_code' from private.suppressions s where s.phone > pg_temp.phone('a', 3) $$,
  $$ values (pg_temp.phone('a', 4), 'opted_out', 'twilio', '21610'), (pg_temp.phone('a', 5), 'opted_out', 'twilio', '21610') $$,
  'the numbers of deleted messages are suppressed, but not for what another text was told'
);
select is_empty('select from private.waiting_deliveries', 'and nothing waits for them');

select * from finish();
rollback;
