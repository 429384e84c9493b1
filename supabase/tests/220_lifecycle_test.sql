-- A campaign's life: which status may follow which, who pauses, resumes and cancels, and what becomes of it.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 30), pg_temp.make_owner('b', 1), pg_temp.make_owner('c', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;

-- Every pair of statuses, as a service.
create temp table statuses (status text, may_become text[]);
insert into statuses values
  ('draft', '{scheduled,sending,failed}'),
  ('scheduled', '{draft,sending,paused,canceled,failed}'),
  ('sending', '{paused,sent,failed,canceled}'),
  ('paused', '{draft,scheduled,sending,sent,failed,canceled}'),
  ('sent', '{sending}'),
  ('failed', '{draft,sending}'),
  ('canceled', '{}');
grant select on statuses to service_role;
create function pg_temp.change(old_status text, new_status text) returns text language plpgsql as $$
declare
  campaign uuid;
begin
  insert into public.campaigns (user_id, name, status) values (pg_temp.owner('b'), 'status', old_status) returning id into campaign;
  update public.campaigns set status = new_status where id = campaign;
  return (select status from public.campaigns where id = campaign);
exception when others then
  return sqlstate || ' ' || sqlerrm;
end
$$;
grant execute on all functions in schema pg_temp to authenticated, service_role;
set local role service_role;
select is(
  pg_temp.change(a.status, b.status),
  case when b.status = any (a.may_become) or a.status = b.status then b.status else 'PT409 campaign_status_not_allowed' end,
  format('%s to %s', a.status, b.status)
)
from statuses a, statuses b;
reset role;

-- Who may.
select pg_temp.launch('a', 1);
select pg_temp.become('b');
select throws_ok(format('select public.%s_campaign(pg_temp.id(''a'', 1))', verb), 'PT404', 'campaign_not_found', 'a stranger does not ' || verb)
  from unnest(array['send', 'pause', 'resume', 'cancel', 'duplicate', 'preview']) verb;
reset role;
set local role anon;
select throws_ok(format('select public.%s_campaign(%L)', verb, 'a3000000-0000-4000-8000-000000000001'), '42501', null, 'nobody without a sign-in does ' || verb)
  from unnest(array['send', 'pause', 'resume', 'cancel', 'duplicate', 'preview']) verb;
reset role;

-- Pausing and resuming.
select pg_temp.become('a');
select results_eq(
  $$ select status, pause_reason, paused_at is not null from public.pause_campaign(pg_temp.id('a', 1)) $$,
  $$ values ('paused', 'owner', true) $$, 'the owner pauses'
);
select throws_ok($$ select public.pause_campaign(pg_temp.id('a', 1)) $$, 'PT409', 'campaign_not_running', 'once');
select throws_ok($$ update public.campaigns set status = 'sending' where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_already_launched', 'nobody resumes by an update');
select throws_ok($$ update public.campaigns set status = 'draft' where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_already_launched', 'or makes it a draft again');
select results_eq(
  $$ select status, pause_reason, paused_at, judged_before ->> 'judged' from public.resume_campaign(pg_temp.id('a', 1)) $$,
  $$ values ('sending', null::text, null::timestamptz, '0') $$, 'and resumes'
);
select throws_ok($$ select public.resume_campaign(pg_temp.id('a', 1)) $$, 'PT409', 'campaign_not_paused', 'once, too');
select pg_temp.become('c');
select is((public.pause_campaign(pg_temp.id('a', 1))).pause_reason, 'admin', 'an admin pauses');
select pg_temp.become('a');
select throws_ok($$ select public.resume_campaign(pg_temp.id('a', 1)) $$, 'PT409', 'campaign_paused_by_admin', 'then the owner does not resume it');
select pg_temp.become('c');
select is((public.resume_campaign(pg_temp.id('a', 1))).status, 'sending', 'but an admin does');
reset role;

-- Before the launch.
insert into public.campaigns (id, user_id, name, message_body, status, scheduled_at)
  values (pg_temp.id('a', 2), pg_temp.owner('a'), 'later', 'Hello', 'scheduled', private.clock() + interval '1 hour');
select pg_temp.become('a');
select is((public.pause_campaign(pg_temp.id('a', 2))).status, 'paused', 'a schedule is paused');
reset role;
select pg_temp.pass('119 minutes');
select is(private.launch_due_campaign(), null, 'a paused schedule is not launched');
select pg_temp.become('a');
select is((public.resume_campaign(pg_temp.id('a', 2))).status, 'scheduled', 'and resumed');
select pg_temp.become('c');
select is((public.pause_campaign(pg_temp.id('a', 2))).pause_reason, 'admin', 'an admin pauses a schedule');
select pg_temp.become('a');
select throws_ok(
  format($$ update public.campaigns set status = %L, scheduled_at = private.clock() + interval '1 hour' where id = pg_temp.id('a', 2) $$, s),
  'PT409', 'campaign_paused_by_admin', 'then the owner makes it ' || s || ' by no update either'
) from unnest(array['draft', 'scheduled']) s;
select throws_ok($$ select public.send_campaign(pg_temp.id('a', 2)) $$, 'PT409', null, 'nor sends it');
select is((public.cancel_campaign(pg_temp.id('a', 2))).status, 'canceled', 'they may cancel it');
select throws_ok($$ update public.campaigns set status = 'draft' where id = pg_temp.id('a', 2) $$, 'PT409', 'campaign_status_not_allowed', 'for good');
reset role;
insert into public.campaigns (id, user_id, name, message_body, status, scheduled_at)
  values (pg_temp.id('a', 3), pg_temp.owner('a'), 'later', 'Hello', 'scheduled', private.clock() + interval '1 hour');
select pg_temp.become('a');
select public.pause_campaign(pg_temp.id('a', 3));
update public.campaigns set status = 'draft' where id = pg_temp.id('a', 3);
select results_eq(
  $$ select status, pause_reason, paused_at from public.campaigns where id = pg_temp.id('a', 3) $$,
  $$ values ('draft', null::text, null::timestamptz) $$, 'who paused it may make it a draft, which is not paused'
);
reset role;

-- What a schedule needs, however it comes to be one.
create function pg_temp.schedule(n integer, at timestamp with time zone) returns void language sql as $$
  insert into public.campaigns (id, name, message_body, status, scheduled_at)
  values (pg_temp.id('a', n), 'later', 'Hello', 'scheduled', at)
$$;
grant execute on function pg_temp.schedule(integer, timestamp with time zone) to authenticated;
select pg_temp.become('a');
select pg_temp.schedule(11, private.clock() + interval '1 hour'), pg_temp.schedule(12, private.clock() + interval '1 hour');
select public.pause_campaign(pg_temp.id('a', 11));
reset role;
update public.campaigns set launch_after = private.clock() + interval '12 hours', failure_reason = 'daily_limit_exceeded' where id = pg_temp.id('a', 12);
select pg_temp.pass('3 hours');
select pg_temp.become('a');
select throws_ok($$ select public.resume_campaign(pg_temp.id('a', 11)) $$, 'PT422', 'scheduled_at_past',
  'a schedule that its pause outlasted is not resumed, for it would be sent at once');
select throws_ok($$ update public.campaigns set status = 'scheduled' where id = pg_temp.id('a', 11) $$, 'PT422', 'scheduled_at_past', 'by an update as little');
select lives_ok($$ update public.campaigns set status = 'scheduled', scheduled_at = private.clock() + interval '1 hour' where id = pg_temp.id('a', 11) $$,
  'with a time to come it is');
select lives_ok($$ update public.campaigns set message_body = 'Shorter', scheduled_at = scheduled_at where id = pg_temp.id('a', 12) $$,
  'a schedule that waits for a limit of the day can be edited long after its time');
select throws_ok($$ update public.campaigns set message_body = ' ' where id = pg_temp.id('a', 12) $$, 'PT422', 'message_body_required', 'but keeps a text');
select throws_ok($$ update public.campaigns set scheduled_at = scheduled_at + interval '1 minute' where id = pg_temp.id('a', 12) $$,
  'PT422', 'scheduled_at_past', 'and gets no other time that is past');
select throws_ok(format('select pg_temp.schedule(13, %s)', moment), 'PT422', code, moment || ' is no time of a schedule')
from (values
  ($$'infinity'$$, 'scheduled_at_too_far'), ($$'20000-01-01'$$, 'scheduled_at_too_far'),
  ($$private.clock() + interval '25 months'$$, 'scheduled_at_too_far'), ($$'-infinity'$$, 'scheduled_at_past')
) t (moment, code);
select throws_ok($$ select public.send_campaign(pg_temp.id('a', 12), 'infinity') $$, 'PT422', 'scheduled_at_too_far', 'nor for send_campaign');
select lives_ok($$ select pg_temp.schedule(13, private.clock() + interval '23 months') $$, 'in two years is');
select lives_ok($$ update public.campaigns set status = 'draft' where id = pg_temp.id('a', 13) $$, 'it may become a draft, and keeps its time');
select lives_ok($$ update public.campaigns set name = 'same', scheduled_at = scheduled_at where id = pg_temp.id('a', 13) $$, 'as a whole row that is written back does');
select throws_ok($$ update public.campaigns set scheduled_at = private.clock() + interval '1 hour' where id = pg_temp.id('a', 13) $$,
  'PT422', 'scheduled_at_needs_status', 'a draft gets no new time, which would never come');
select lives_ok($$ update public.campaigns set scheduled_at = null where id = pg_temp.id('a', 13) $$, 'it can forget its time');
reset role;
delete from public.campaigns where id in (pg_temp.id('a', 11), pg_temp.id('a', 12), pg_temp.id('a', 13));

-- Canceling.
select is(pg_temp.take(10), 10, 'some are taken');
select pg_temp.become('a');
select results_eq(
  $$ select status, canceled_at is not null, pending_count from public.cancel_campaign(pg_temp.id('a', 1)) $$,
  $$ values ('canceled', true, 30) $$, 'the owner cancels'
);
select throws_ok($$ select public.cancel_campaign(pg_temp.id('a', 1)) $$, 'PT409', 'campaign_not_running', 'once');
select throws_ok($$ select public.resume_campaign(pg_temp.id('a', 1)) $$, 'PT409', 'campaign_not_paused', 'for good');
reset role;
select is(private.keep_campaigns_moving(), false, 'the workers clear it up');
select results_eq(
  $$ select status, reason, count(*)::int from public.campaign_messages where campaign_id = pg_temp.id('a', 1) group by 1, 2 order by 1 $$,
  $$ values ('failed', 'campaign_canceled', 20), ('pending', null, 10) $$, 'what a worker has taken is not called canceled'
);
select pg_temp.record(pg_temp.of_take(pg_temp.last_take()), 'sent');
select results_eq(
  $$ select status, sent_count, failed_count, skipped_count, pending_count from public.campaigns where id = pg_temp.id('a', 1) $$,
  $$ values ('canceled', 10, 20, 20, 0) $$, 'its outcome counts, and the campaign stays canceled'
);
select is(private.keep_campaigns_moving(), false, 'nothing is left to do');
select is_empty($$ select from private.send_lanes where campaign_id = pg_temp.id('a', 1) and due_at < 'infinity' $$, 'and nobody looks for it any more');

-- Deleting what is not being sent any more.
select pg_temp.launch('a', 6), pg_temp.launch('a', 7), pg_temp.launch('a', 8);
select pg_temp.take(10), pg_temp.take(10), pg_temp.take(10);
select pg_temp.become('a');
select public.pause_campaign(pg_temp.id('a', 6)), public.cancel_campaign(pg_temp.id('a', 7)), public.cancel_campaign(pg_temp.id('a', 8));
select throws_ok(format('delete from public.campaigns where id = %L', pg_temp.id('a', n)), 'PT409', 'campaign_sending',
  'nobody deletes a campaign of which messages are under way: ' || n)
  from generate_series(6, 7) n;
reset role;
select pg_temp.record(array(select message_id from taken where campaign_id = pg_temp.id('a', 6)), 'sent');
select pg_temp.record(array(select message_id from taken where campaign_id = pg_temp.id('a', 7)), 'sent', null, false);
do $$ begin while private.keep_campaigns_moving() loop end loop; end $$;
select pg_temp.become('a');
select lives_ok($$ delete from public.campaigns where id = pg_temp.id('a', 6) $$, 'a paused one is not kept once they have an outcome');
select lives_ok($$ delete from public.campaigns where id = pg_temp.id('a', 7) $$, 'nor is a canceled one, though its claim has not ended yet');
reset role;
select lives_ok($$ delete from public.campaigns where id = pg_temp.id('a', 8) $$, 'a service may');
select results_eq(
  $$ select a.status, a.claim_id is not null, a.owner_id, count(*)::integer from private.message_archive a
     where a.campaign_id = pg_temp.id('a', 8) group by 1, 2, 3 $$,
  $$ values ('pending', true, pg_temp.owner('a'), 10) $$, 'but not without leaving a record of what was under way'
);

-- An owner who is not approved any more.
select pg_temp.launch('a', 4);
insert into public.campaigns (id, user_id, name, message_body, status, scheduled_at)
  values (pg_temp.id('a', 5), pg_temp.owner('a'), 'due', 'Hello', 'scheduled', private.clock() - interval '1 minute');
update public.user_profiles set status = 'rejected' where id = pg_temp.owner('a');
select results_eq(
  $$ select status, pause_reason from public.campaigns where id in (pg_temp.id('a', 4), pg_temp.id('a', 5)) $$,
  $$ values ('paused', 'owner_not_approved'), ('paused', 'owner_not_approved') $$, 'their campaigns pause'
);
select throws_ok($$ select public.resume_campaign(pg_temp.id('a', 4)) $$, 'PT422', 'owner_not_approved', 'nobody resumes them');
select is(private.launch_due_campaign(), null, 'and no schedule of theirs is launched');
-- One that slipped through.
update public.campaigns set status = 'scheduled' where id = pg_temp.id('a', 5);
select is(private.launch_due_campaign(), pg_temp.id('a', 5), 'a schedule that is due all the same');
select is((select status || ' ' || failure_reason from public.campaigns where id = pg_temp.id('a', 5)), 'failed owner_not_approved', 'fails, with the reason');

-- Trying again what failed for a reason that passes.
update public.user_profiles set status = 'approved' where id = pg_temp.owner('a');
select pg_temp.set_clock('2026-12-03 12:00 America/Los_Angeles');
select pg_temp.launch('a', 14, 4);
select pg_temp.take(4);
select pg_temp.record(pg_temp.of_take(pg_temp.last_take()), 'sent');
select pg_temp.record_deliveries(
  array_agg(pg_temp.message('a', 14, n)), array_agg(m.twilio_sid), array_agg('failed'::text), array_agg(f.reason), array_agg(f.code),
  array_agg(null::text), array_agg(false)
)
from (values (1, 'daily_limit', 30023), (2, 'quiet_hours', 30610), (3, 'congestion', 30001), (4, 'filtered', 30007)) f (n, reason, code)
join public.campaign_messages m on m.id = pg_temp.message('a', 14, f.n);
do $$ begin while private.keep_campaigns_moving() loop end loop; end $$;
select public.retry_failed_messages(pg_temp.id('a', 14));
select results_eq(
  $$ select right(m.phone_number, 1), r.due_at <= private.clock(), case when r.due_at > private.clock() then r.due_at at time zone 'America/Los_Angeles' end
     from private.send_retries r join public.campaign_messages m using (campaign_id, position)
     where r.campaign_id = pg_temp.id('a', 14) order by 1 $$,
  $$ values ('1', false, '2026-12-04'::timestamp), ('2', true, null), ('3', true, null) $$,
  'a cap of the day waits for the next day of the Pacific coast, quiet hours and congestion for nothing, and a filter does not pass'
);

-- One that fails before its claim is over stands in one place only.
select pg_temp.launch('a', 15, 2);
select pg_temp.take(2);
select private.record_deliveries(array[row(pg_temp.message('a', 15, 1), 'SMearly', 'failed', 'congestion', 30001, null, false)::private.delivery_news]);
select public.retry_failed_messages(pg_temp.id('a', 15));
select is(pg_temp.misplaced(), 0::bigint, 'what is tried again is in no claim besides');

-- Deleting one.
select throws_ok($$ select public.delete_campaign(gen_random_uuid()) $$, 'PT404', 'campaign_not_found', 'nor one that there is not');
insert into public.campaigns (id, user_id, name, message_body) values (pg_temp.id('a', 17), pg_temp.owner('a'), 'gone', 'Hello');
select set_config('request.jwt.claims', '{"sub":"b0000000-0000-4000-8000-000000000240","role":"authenticated"}', true);
set local role authenticated;
select throws_ok($$ select public.delete_campaign(pg_temp.id('a', 17)) $$, 'PT404', 'campaign_not_found', 'nor by a stranger');
select set_config('request.jwt.claims', '{"sub":"a0000000-0000-4000-8000-000000000240","role":"authenticated"}', true);
select throws_ok($$ select public.delete_campaign(pg_temp.id('a', 15)) $$, 'PT409', 'campaign_sending', 'none is deleted while it is being sent');
select is((public.delete_campaign(pg_temp.id('a', 17))).name, 'gone', 'its owner may');
reset role;
select is_empty($$ select from public.campaigns where id = pg_temp.id('a', 17) $$, 'and then it is gone');

-- What an admin allowed for one text holds for no other.
insert into public.campaigns (id, user_id, name, message_body, quiet_hours) values (pg_temp.id('a', 16), pg_temp.owner('a'), 'urgent', 'Water is off', false);
select set_config('request.jwt.claims', '{"sub":"a0000000-0000-4000-8000-000000000240","role":"authenticated"}', true);
set local role authenticated;
update public.campaigns set name = 'Urgent', quiet_hours = false where id = pg_temp.id('a', 16);
select is((select quiet_hours from public.campaigns where id = pg_temp.id('a', 16)), false, 'a new name changes nothing');
update public.campaigns set message_body = 'Sale!', quiet_hours = false where id = pg_temp.id('a', 16);
select is((select quiet_hours from public.campaigns where id = pg_temp.id('a', 16)), true, 'another text keeps quiet hours');
reset role;

-- A duplicate.
select results_eq(
  $$ select status, message_body, user_id, launched_at, name from public.duplicate_campaign(pg_temp.id('a', 4)) $$,
  $$ values ('draft', 'Hello', pg_temp.owner('a'), null::timestamptz, 'a4 (copy)') $$, 'a duplicate is a draft of the same'
);
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

select * from finish();
rollback;
