-- Work that was lost: no message waits for ever, and workers don't read what has ended to find it.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 40);
update private.breaker_limits set failed_ratio = 1;

-- A lane that is gone.
select pg_temp.launch('a', 1);
select is(pg_temp.take(10), 10, 'before');
delete from private.send_lanes;
select is(pg_temp.take(10), 0, 'without a lane nothing is taken');
select private.keep_campaigns_moving('0');
select is(pg_temp.take(10), 10, 'a campaign whose lane is gone does not stand still for ever while ranges are left');
delete from private.send_ranges;
delete from private.send_lanes;
select private.keep_campaigns_moving('0');
select is(pg_temp.take_all(), 20, 'nor if its ranges are gone as well');
select is(pg_temp.misplaced(), 0::bigint, 'no message stands in two places, or in none');
select is((select count(distinct message_id)::integer from taken), 40, 'and none is taken twice');
update private.send_lanes set due_at = 'infinity';
insert into private.send_retries (campaign_id, position, due_at) select campaign_id, 1, private.clock() from private.send_claims limit 1;
select private.keep_campaigns_moving('0');
select is((select due_at <= private.clock() from private.send_lanes), true, 'a lane does not sleep while there is work');
delete from private.send_retries;

-- Counters.
select pg_temp.record(array(select message_id from taken where "position" between 1 and 8), 'sent', null, false);
select pg_temp.record(array(select message_id from taken where "position" between 9 and 11), 'failed', 'filtered', false);
select pg_temp.record(array(select message_id from taken where "position" between 12 and 13), 'failed', 'sender_unregistered', false);
select pg_temp.record(array(select message_id from taken where "position" = 14), 'failed', 'opted_out', false);
select pg_temp.record(array(select message_id from taken where "position" between 15 and 19), 'failed', 'suppressed', false);
select pg_temp.record(array(select message_id from taken where "position" between 20 and 30), 'released', 'rate_limited', false);
update public.campaign_messages set status = 'delivered' where status = 'sent' and position <= 3;
delete from private.send_retries;
create function pg_temp.spoil(counter text) returns bigint language plpgsql as $$
declare
  wrong bigint;
begin
  execute format('update public.campaigns set %I = %I + 1', counter, counter);
  wrong := pg_temp.wrong_counters();
  perform private.remake_work(pg_temp.id('a', 1));
  return 10 * wrong + pg_temp.wrong_counters();
end
$$;
select is(pg_temp.spoil(counter), 10::bigint, 'it does not stay wrong: ' || counter)
from unnest(array[
  'total_recipients', 'sent_count', 'delivered_count', 'failed_count', 'pending_count', 'skipped_count', 'filtered_count',
  'unregistered_count', 'opted_out_count'
]) counter;

-- Whose hours apply to what is tried again.
update public.customers set state = 'GU';
delete from private.send_retries;
select private.remake_work(pg_temp.id('a', 1));
select is((select array_agg(distinct quiet_group) from private.send_retries), array['CA,GU|America/Los_Angeles,Pacific/Guam'], 'a new state counts');
select is(private.quiet_group_of_retry(true, '+14015550100', 'GU'), 'RI|America/New_York',
  'nobody is texted at any hour, or never, because with a new state the hours are never open');
select isnt(private.quiet_group_of_retry(true, '+18005550100', 'GU'), null, 'nor because a number must not be texted at all');
select is(private.quiet_group_of_retry(true, '+442079460100', null), null, 'a country whose hours we do not know is open');
select is(private.quiet_group_of_retry(false, '+14155550100', 'CA'), null, 'and a campaign without quiet hours');

-- What has ended is not read.
select pg_temp.launch('a', 2), pg_temp.launch('a', 3), pg_temp.launch('a', 4);
select public.pause_campaign(pg_temp.id('a', 3)), public.cancel_campaign(pg_temp.id('a', 4));
set local session_replication_role = replica;
insert into public.campaigns (id, user_id, name, message_body, status, launched_at, canceled_at)
  select gen_random_uuid(), pg_temp.owner('a'), 'ended', 'Hello', case when n % 10 = 0 then 'canceled' else 'sent' end,
    private.clock() - interval '60 days', private.clock() - interval '60 days'
  from generate_series(1, 20000) n;
insert into private.send_lanes (campaign_id, sender_id, due_at)
  select c.id, s.id, 'infinity' from public.campaigns c, private.senders s where c.name = 'ended';
set local session_replication_role = origin;
analyze public.campaigns;
analyze private.send_lanes;
discard plans;
create function pg_temp.rows_read() returns bigint language sql as $$
  select sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid))::bigint
  from pg_class c
  where c.oid in ('public.campaigns'::regclass, 'private.send_lanes'::regclass)
    or c.oid in (select i.indexrelid from pg_index i where i.indrelid in ('public.campaigns'::regclass, 'private.send_lanes'::regclass))
$$;
create temp table reads as select pg_temp.rows_read() as n;
select private.keep_campaigns_moving('0');
select cmp_ok(pg_temp.rows_read() - (select n from reads), '<', 1000::bigint, 'what has ended is not read');

select * from finish();
rollback;
