-- Counters equal the rows, statuses rise, campaigns end.
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
select private.register_sender('+15005550006', null, null);
select private.launch_campaign(id) from public.campaigns where name = 'n' and id::text like 'a3%';

create function pg_temp.campaign(n int) returns uuid language sql as $$
  select format('a3000000-0000-4000-8000-00000000000%s', n)::uuid
$$;
create function pg_temp.wrong_counters() returns bigint language sql as $$
  select count(*) from public.campaigns c
  where (
    c.total_recipients, c.sent_count, c.delivered_count, c.failed_count, c.pending_count, c.skipped_count, c.filtered_count,
    c.unregistered_count, c.opted_out_count
  ) <> (
    select count(*), count(m.sent_at), count(*) filter (where m.status = 'delivered'),
      count(*) filter (where m.status = 'failed'), count(*) filter (where m.status = 'pending'),
      count(*) filter (where m.status = 'failed' and m.reason in ('customer_inactive', 'suppressed', 'no_consent', 'phone_changed', 'campaign_canceled')),
      count(*) filter (where m.status = 'failed' and m.reason = 'filtered'),
      count(*) filter (where m.status = 'failed' and m.reason = 'sender_unregistered'),
      count(*) filter (where m.status = 'failed' and m.reason = 'opted_out')
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

-- Failures by their reason, on messages that were sent and on others.
update public.campaign_messages set status = 'failed', reason = (array['filtered', 'sender_unregistered', 'opted_out', 'suppressed', 'other'])[1 + position % 5]
  where campaign_id = pg_temp.campaign(2) and position between 11 and 24;
select is(pg_temp.wrong_counters(), 0::bigint, 'after failures with a reason');
update public.campaign_messages set reason = 'filtered' where campaign_id = pg_temp.campaign(2) and status = 'failed' and reason = 'other';
select is(pg_temp.wrong_counters(), 0::bigint, 'after a reason changed');
select is((select count(*)::int from public.campaigns where id = pg_temp.campaign(2) and filtered_count > 0 and skipped_count > 0), 1, 'they are counted');

-- What the trigger could not end, the sweep does.
insert into public.campaigns (id, user_id, name, message_body) values (pg_temp.campaign(5), 'a1000000-0000-4000-8000-000000000001', 'n', 'Hello');
select private.launch_campaign(pg_temp.campaign(5));
delete from private.send_ranges where campaign_id = pg_temp.campaign(5);
alter table public.campaign_messages disable trigger user;
update public.campaign_messages set status = 'sent', sent_at = now() where campaign_id = pg_temp.campaign(5);
alter table public.campaign_messages enable trigger user;
select private.keep_campaigns_moving('0');
select is((select status from public.campaigns where id = pg_temp.campaign(5)), 'sent', 'the sweep ends what is finished, as sent');
select is(pg_temp.wrong_counters(), 0::bigint, 'and mends its counters');

select * from finish();
rollback;
