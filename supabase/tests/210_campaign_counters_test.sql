-- Counters equal the rows, statuses rise, campaigns end, doubts are settled one to one.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

insert into auth.users (id, email) values ('a0000000-0000-4000-8000-000000000001', 'alice@counters.test');
delete from public.user_profiles where user_id = 'a0000000-0000-4000-8000-000000000001';
insert into public.user_profiles (id, user_id, status)
  values ('a1000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'approved');
insert into public.customers (user_id, phone)
  select 'a1000000-0000-4000-8000-000000000001', '+1415557' || lpad(n::text, 4, '0') from generate_series(1, 30) n;
insert into public.campaigns (id, user_id, name, message_body)
  select format('a3000000-0000-4000-8000-00000000000%s', n)::uuid, 'a1000000-0000-4000-8000-000000000001', 'n', 'Hello'
  from generate_series(1, 4) n;
select private.launch_campaign(id) from public.campaigns where name = 'n' and id::text like 'a3%';

create function pg_temp.campaign(n int) returns uuid language sql as $$
  select format('a3000000-0000-4000-8000-00000000000%s', n)::uuid
$$;
create function pg_temp.wrong_counters() returns bigint language sql as $$
  select count(*) from public.campaigns c
  where (c.total_recipients, c.sent_count, c.delivered_count, c.failed_count, c.pending_count) <> (
    select count(*), count(m.sent_at), count(*) filter (where m.status = 'delivered'),
      count(*) filter (where m.status = 'failed'), count(*) filter (where m.status = 'pending')
    from public.campaign_messages m where m.campaign_id = c.id
  )
$$;

select is(pg_temp.wrong_counters(), 0::bigint, 'after the launch');
update public.campaign_messages set status = 'sent', sent_at = now() where position <= 20;
select is(pg_temp.wrong_counters(), 0::bigint, 'after an update over several campaigns');
update public.campaign_messages set status = 'delivered', delivered_at = now() where position <= 10 and campaign_id = pg_temp.campaign(1);
select is(pg_temp.wrong_counters(), 0::bigint, 'after deliveries');
update public.campaign_messages set campaign_id = pg_temp.campaign(2), position = position + 100
  where campaign_id = pg_temp.campaign(1) and position in (5, 25);
select is(pg_temp.wrong_counters(), 0::bigint, 'after messages moved');
delete from public.customers where phone = '+14155570003';
select is(pg_temp.wrong_counters(), 0::bigint, 'after a customer was deleted');
delete from public.campaigns where id = pg_temp.campaign(4);
select is(pg_temp.wrong_counters(), 0::bigint, 'after a campaign was deleted');

select throws_ok($$ update public.campaign_messages set status = 'sent' where status = 'delivered' $$, 'PT409', 'message_status_only_rises', 'delivered stays');
select throws_ok($$ update public.campaign_messages set status = 'failed' where status = 'delivered' $$, 'PT409', 'message_status_only_rises', 'of two final ones the first stays');
select throws_ok($$ update public.campaign_messages set status = 'pending' where status = 'sent' $$, 'PT409', 'message_status_only_rises', 'sent is never pending again');

-- The last outcome ends a campaign.
update public.campaign_messages set status = 'failed' where campaign_id = pg_temp.campaign(1) and status = 'pending';
select results_eq($$ select status, sent_at is not null, failure_reason from public.campaigns where id = pg_temp.campaign(1) $$,
  $$ values ('sent', true, null::text) $$, 'sent, when anything was');
update public.campaign_messages set status = 'failed', sent_at = null where campaign_id = pg_temp.campaign(3);
select results_eq($$ select status, sent_at, failure_reason from public.campaigns where id = pg_temp.campaign(3) $$,
  $$ values ('failed', null::timestamptz, 'nothing_sent') $$, 'failed, when nothing was');

-- A stop.
select private.stop_campaign(pg_temp.campaign(2), 'twilio_account', 'Refused.');
select results_eq($$ select status, failure_reason, pending_count, sent_at from public.campaigns where id = pg_temp.campaign(2) $$,
  $$ values ('failed', 'twilio_account', 0, null::timestamptz) $$, 'a stopped campaign fails with its reason');
select is(pg_temp.wrong_counters(), 0::bigint, 'after the stop');

-- What the trigger could not end, the sweep does.
insert into public.campaigns (id, user_id, name, message_body) values (pg_temp.campaign(5), 'a1000000-0000-4000-8000-000000000001', 'n', 'Hello');
select private.launch_campaign(pg_temp.campaign(5));
alter table public.campaign_messages disable trigger user;
update public.campaign_messages set status = 'sent', sent_at = now() where campaign_id = pg_temp.campaign(5);
alter table public.campaign_messages enable trigger user;
select is(private.end_finished_campaigns('0'), 1, 'the sweep ends what is finished');
select is((select status from public.campaigns where id = pg_temp.campaign(5)), 'sent', 'as sent');
select is(pg_temp.wrong_counters(), 0::bigint, 'and mends its counters');

-- Doubts.
insert into public.campaigns (id, user_id, name, message_body)
  select pg_temp.campaign(n), 'a1000000-0000-4000-8000-000000000001', 'n', 'Hello' from generate_series(6, 7) n;
select private.launch_campaign(pg_temp.campaign(n)) from generate_series(6, 7) n;
update public.campaign_messages set attempted_at = now() - interval '1 hour', attempts = 1
  where campaign_id in (pg_temp.campaign(6), pg_temp.campaign(7));
create function pg_temp.settle(n int, phone text, attempt int, sids text[]) returns text language sql as $$
  select private.settle_doubt(m.id, attempt::smallint, sids, '1 minute') from public.campaign_messages m
  where m.campaign_id = pg_temp.campaign(n) and m.phone_number = phone
$$;
select is(pg_temp.settle(6, '+14155570001', 1, '{SMa}'), 'sent', 'found at Twilio: sent');
select is(pg_temp.settle(7, '+14155570001', 1, '{SMa}'), 'absent', 'a sid that is taken settles nothing else');
select is(pg_temp.settle(6, '+14155570001', 1, '{SMb}'), 'settled', 'once');
select is(pg_temp.settle(7, '+14155570002', 2, '{}'), 'settled', 'an attempt that is not the newest is left alone');
update public.campaign_messages set attempted_at = clock_timestamp() where campaign_id = pg_temp.campaign(7) and phone_number = '+14155570004';
select is(pg_temp.settle(6, '+14155570004', 1, '{SMc}'), 'contested', 'not while another campaign''s same text is under way');
select is(pg_temp.wrong_counters(), 0::bigint, 'after the doubts');

-- Batches and pace.
select is(private.end_batch(-1, pg_temp.campaign(6), 1, 100, 1), false, 'a batch with something pending does not end');
select is(private.end_batch(-1, pg_temp.campaign(1), 1, 100, 1), true, 'one without does');
select ok(private.reserve_pace('pgtap', 10, 5) < interval '0.1 second', 'the first goes at once');
select ok(w > interval '1.5 second' and w <= interval '2 second', 'the next waits its turn')
  from private.reserve_pace('pgtap', 10, 5) w;
select private.hold_sender('pgtap', 60);
select ok(private.reserve_pace('pgtap', 1, null) > interval '50 second', 'a hold counts for everybody');

select * from finish();
rollback;
