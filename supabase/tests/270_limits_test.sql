-- Limits: what an account can't do in a day, where texts can't go, and who can't change that.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

-- Noon in Los Angeles is 20:00 UTC. Owner c is an admin.
select pg_temp.make_owner('a', 100), pg_temp.make_owner('b', 100), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
create function pg_temp.limit_to(who text, limits jsonb) returns void language sql as $$
  select public.set_account_limits(pg_temp.owner(who), limits)
$$;
-- `used needed exceeded` of one limit in the preview.
create function pg_temp.preview(campaign uuid, limit_name text) returns text language sql as $$
  select concat_ws(' ', l ->> 'value', l ->> 'used', l ->> 'needed', l ->> 'exceeded')
  from (select public.preview_campaign(campaign) -> 'limits' -> limit_name) p (l)
$$;
create function pg_temp.draft(who text, n integer, first integer default null, body text default 'Hello') returns uuid language sql as $$
  insert into public.campaigns (id, user_id, name, message_body, audience)
  values (pg_temp.id(who, n), pg_temp.owner(who), who || n, body, case when first is not null then jsonb_build_object(
    'customer_ids', (select jsonb_agg(c.id) from public.customers c where c.user_id = pg_temp.owner(who) and c.phone <= pg_temp.phone(who, first))
  ) end)
  returning id
$$;
grant execute on all functions in schema pg_temp to authenticated, service_role;

-- Nothing is limited until somebody says so.
select is(pg_temp.launch('b', 1), pg_temp.id('b', 1), 'without limits nothing is held back');
select is(pg_temp.preview(pg_temp.id('b', 1), 'messages_per_day'), '100 100 false', 'and the preview says that there is no limit');

-- Messages.
create function pg_temp.locks() returns bigint language sql as $$
  select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and mode = 'ExclusiveLock'
$$;
create temp table locks_before as select pg_temp.locks() as n;
select pg_temp.limit_to('a', '{"messages_per_day": 150}');
select pg_temp.launch('a', 1);
select is(pg_temp.locks() - n, 1::bigint, 'of two launches at once the second waits, and does not slip under the limit as well') from locks_before;
select pg_temp.draft('a', 2, 51), pg_temp.draft('a', 3, 50);
select is(pg_temp.preview(pg_temp.id('a', 2), 'messages_per_day'), '150 100 51 true', 'the preview tells that a launch would exceed a limit');
select is(pg_temp.preview(pg_temp.id('a', 3), 'messages_per_day'), '150 100 50 false', 'and that one fits exactly');
select pg_temp.become('a');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 2)) $$, 'PT422', 'daily_limit_exceeded', 'a launch does not slip over the day''s limit');
select pg_temp.become('c');
select throws_ok($$ select public.launch_campaign(pg_temp.id('a', 2)) $$, 'PT422', 'daily_limit_exceeded', 'an admin''s launch counts for the owner');
reset role;
select results_eq(
  $$ select c.status, (select count(*)::int from public.campaign_messages m where m.campaign_id = c.id),
       (select count(*)::int from private.launches l where l.campaign_id = c.id)
     from public.campaigns c where c.id = pg_temp.id('a', 2) $$,
  $$ values ('draft', 0, 0) $$, 'a refused launch leaves nothing'
);
create function pg_temp.refusal(campaign uuid) returns text language plpgsql as $$
declare
  detail text;
  hint text;
begin
  perform private.launch_campaign(campaign);
  return 'launched';
exception when sqlstate 'PT422' then
  get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
  return detail || ' | ' || hint;
end
$$;
select is(
  pg_temp.refusal(pg_temp.id('a', 2)),
  'messages_per_day is 150 for this account: 100 used today (UTC), 51 needed. | Send to fewer recipients, wait until tomorrow, or ask an admin for a higher limit.',
  'a refusal says which limit, what is used, what is needed and what to do'
);
select is((private.launch_campaign(pg_temp.id('a', 3))).total_recipients, 50, 'what fits exactly is launched');
select is(pg_temp.launch('b', 2), pg_temp.id('b', 2), 'another account does not feel it');

-- Nothing gives room back but what was never sent.
delete from public.campaigns where id = pg_temp.id('a', 3);
select is((public.account_limits(pg_temp.owner('a')) -> 'used_today' ->> 'messages'), '150', 'who deletes a campaign gets nothing back');
delete from public.customers where id in (select id from public.customers where user_id = pg_temp.owner('a') order by phone desc limit 10);
select is((public.account_limits(pg_temp.owner('a')) -> 'used_today' ->> 'messages'), '150', 'nor who deletes customers');
select pg_temp.take(10);
select public.cancel_campaign(pg_temp.id('a', 1));
select private.keep_campaigns_moving();
select is(
  (public.account_limits(pg_temp.owner('a')) -> 'used_today' ->> 'messages')::int,
  (select 150 - skipped_count from public.campaigns where id = pg_temp.id('a', 1)), 'who cancels gets back what was not sent'
);
delete from public.campaigns where id = pg_temp.id('a', 1);
select pg_temp.draft('a', 1, 1);
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 1)) $$, 'PT422', 'daily_limit_exceeded', 'nor who takes a deleted campaign''s id again');

-- The day is that of UTC.
select pg_temp.set_clock('2026-12-01 23:59:00+00');
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 1)) $$, 'PT422', 'daily_limit_exceeded', 'the day lasts until midnight UTC');
select pg_temp.set_clock('2026-12-02 00:00:01+00');
select is((private.launch_campaign(pg_temp.id('a', 1))).total_recipients, 1, 'then all of it is there again');

-- Segments and cost.
select pg_temp.limit_to('a', '{"messages_per_day": null, "segments_per_day": 21}');
select pg_temp.draft('a', 4, 10, repeat('x', 161));
select pg_temp.draft('a', 5, 11, repeat('x', 161));
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 5)) $$, 'PT422', 'daily_limit_exceeded', 'long texts do not slip over a limit of segments');
select is((private.launch_campaign(pg_temp.id('a', 4))).total_recipients, 10, 'as many as fit do');
select pg_temp.limit_to('a', '{"segments_per_day": null, "cost_per_day": 5, "price_per_segment": 0.1}');
select is(pg_temp.preview(pg_temp.id('a', 5), 'cost_per_day'), '5 2.1 2.2 false', 'the preview tells the cost');
select is((public.preview_campaign(pg_temp.id('a', 5)) ->> 'segments'), '22', 'and the segments');
select is((public.preview_campaign(pg_temp.id('a', 5)) ->> 'cost'), '2.2', 'of this campaign');
select pg_temp.limit_to('a', '{"price_per_segment": 0.14}');
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 5)) $$, 'PT422', 'daily_limit_exceeded', 'a launch does not cost more than a day may');
-- A text with merge fields that turns out longer than it looked.
select pg_temp.limit_to('a', '{"cost_per_day": null, "segments_per_day": 100}');
select pg_temp.launch('a', 6, 20, 'Hi {{ first_name }}');
update private.send_lanes set segments = 3 where campaign_id = pg_temp.id('a', 6);
select pg_temp.draft('a', 7, 20);
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 7)) $$, 'PT422', 'daily_limit_exceeded', 'merge fields don''t hide segments for long');

-- Defaults for all accounts.
update private.default_limits set messages_per_day = 50;
select pg_temp.draft('b', 3);
select is(
  pg_temp.refusal(pg_temp.id('b', 3)),
  'messages_per_day is 50 for this account: 0 used today (UTC), 100 needed. | Send to fewer recipients, or ask an admin for a higher limit.',
  'nobody slips over a default'
);
select pg_temp.limit_to('b', '{"messages_per_day": 100}');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '100 0 100 false', 'an account''s own value counts instead');
select pg_temp.limit_to('b', '{"messages_per_day": null}');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '50 0 100 true', 'null is the default again');
update private.default_limits set messages_per_day = null;

-- New accounts.
update public.user_profiles set approved_at = private.clock() where id = pg_temp.owner('b');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '0 100 false', 'without a word a new account has no limit');
update private.ramp_up_steps set messages_per_day = 60 where from_day = 0;
update private.default_limits set ramp_up = true;
select throws_ok($$ select private.launch_campaign(pg_temp.id('b', 3)) $$, 'PT422', 'daily_limit_exceeded', 'a new account does not start with everything');
select pg_temp.pass('71 hours');
select throws_ok($$ select private.launch_campaign(pg_temp.id('b', 3)) $$, 'PT422', 'daily_limit_exceeded', 'nor goes faster than the steps');
select pg_temp.pass('1 hour');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '1000 0 100 false', 'a step comes when it is due');
select pg_temp.limit_to('b', '{"messages_per_day": 90}');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '90 0 100 true', 'a step raises no lower limit');
select pg_temp.limit_to('b', '{"messages_per_day": 2000}');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '1000 0 100 false', 'and a higher one lifts no step');
select pg_temp.limit_to('b', '{"ramp_up": false}');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '2000 0 100 false', 'an admin exempts an account');
select pg_temp.limit_to('b', '{"ramp_up": null, "messages_per_day": null}');
select pg_temp.pass('30 days');
select is(pg_temp.preview(pg_temp.id('b', 3), 'messages_per_day'), '0 100 false', 'in the end nothing is left of it');
update private.default_limits set ramp_up = false;

-- Schedules.
select pg_temp.set_clock('2027-02-01 20:00+00');
select pg_temp.limit_to('b', '{"messages_per_day": 150}');
select pg_temp.launch('b', 4);
update public.campaigns set status = 'scheduled', scheduled_at = private.clock() where id = pg_temp.id('b', 3);
select is(private.launch_due_campaign(), pg_temp.id('b', 3), 'a schedule that today has no room for');
select results_eq(
  $$ select status, failure_reason, launch_after from public.campaigns where id = pg_temp.id('b', 3) $$,
  $$ values ('scheduled', 'daily_limit_exceeded', timestamptz '2027-02-02 00:00+00') $$, 'waits for the next day and says why'
);
select is(private.launch_due_campaign(), null, 'meanwhile nobody tries');
select pg_temp.set_clock('2027-02-02 00:00:01+00');
select is(private.launch_due_campaign(), pg_temp.id('b', 3), 'the next day it is due');
select results_eq(
  $$ select status, failure_reason, total_recipients from public.campaigns where id = pg_temp.id('b', 3) $$,
  $$ values ('sending', null::text, 100) $$, 'and launched'
);
select pg_temp.draft('b', 5);
update public.campaigns set status = 'scheduled', scheduled_at = private.clock() where id = pg_temp.id('b', 5);
select private.launch_due_campaign();
select pg_temp.limit_to('b', '{"messages_per_day": 200}');
select is(private.launch_due_campaign(), pg_temp.id('b', 5), 'a higher limit lets it go at once');
select is((select status from public.campaigns where id = pg_temp.id('b', 5)), 'sending', 'as it fits now');
select pg_temp.limit_to('b', '{"messages_per_day": 99}');
select pg_temp.draft('b', 6);
update public.campaigns set status = 'scheduled', scheduled_at = private.clock() where id = pg_temp.id('b', 6);
select private.launch_due_campaign();
select is((select status || ' ' || failure_reason from public.campaigns where id = pg_temp.id('b', 6)), 'failed daily_limit_exceeded',
  'one that no day has room for does not wait for ever');

-- Countries.
select is(
  (select string_agg(private.country_of_sender(n), ' ' order by o) from unnest(array[
    '+12125550100', '+17875550100', '+14165550100', '+18095550100', '+18005550100', '+19995550100', '+447700900123', '+77010000000',
    '+79010000000', '+35312345678', '+881612345678', '12345', null
  ]) with ordinality u (n, o)),
  'US US CA DO US US GB KZ RU IE US US US', 'a sender''s country'
);
select is((select count(*) from private.calling_codes), 701::bigint, 'the calling codes');
insert into public.customers (user_id, phone, state) values
  (pg_temp.owner('d'), '+12125550101', 'NY'), (pg_temp.owner('d'), '+17875550101', 'PR'), (pg_temp.owner('d'), '+14165550101', null),
  (pg_temp.owner('d'), '+447700900123', null), (pg_temp.owner('d'), '+77010000000', null), (pg_temp.owner('d'), '+881612345678', null),
  (pg_temp.owner('d'), '+18005550101', null);
select pg_temp.draft('d', 1);
create function pg_temp.texted() returns text language sql as $$
  select string_agg(r.phone || coalesce(' ' || r.left_out_for, ''), ', ' order by r.phone)
  from private.recipients((select c from public.campaigns c where c.id = pg_temp.id('d', 1))) r
$$;
select is(
  pg_temp.texted(),
  '+12125550101, +14165550101 country_not_allowed, +17875550101, +18005550101 not_textable, +447700900123 country_not_allowed, +77010000000 country_not_allowed, +881612345678 country_not_allowed',
  'no text goes abroad unless somebody allowed it'
);
update private.senders set phone_number = '+447700900999' where is_default;
select is(
  pg_temp.texted(),
  '+12125550101 country_not_allowed, +14165550101 country_not_allowed, +17875550101 country_not_allowed, +18005550101 not_textable, +447700900123, +77010000000 country_not_allowed, +881612345678 country_not_allowed',
  'from a sender elsewhere none goes to the US'
);
update private.senders set phone_number = null, messaging_service_sid = 'MG' || repeat('0', 32) where is_default;
select pg_temp.limit_to('d', '{"countries": ["US", "CA", "GB"]}');
select is(
  pg_temp.texted(),
  '+12125550101, +14165550101, +17875550101, +18005550101 not_textable, +447700900123, +77010000000 country_not_allowed, +881612345678 country_not_allowed',
  'an admin allows countries, and only those'
);
select is((private.launch_campaign(pg_temp.id('d', 1))).skipped, '{"not_textable": 1, "country_not_allowed": 2}', 'a launch leaves the others out');
select results_eq(
  $$ select reason, count(*)::int from public.campaign_skips where campaign_id = pg_temp.id('d', 1) group by 1 order by 1 $$,
  $$ values ('country_not_allowed', 2), ('not_textable', 1) $$, 'each with the reason'
);
select pg_temp.draft('d', 2);
select pg_temp.limit_to('d', '{"countries": ["KZ"]}');
select is((public.preview_campaign(pg_temp.id('d', 2)) -> 'left_out')::jsonb, '{"not_textable": 1, "country_not_allowed": 5}', 'the preview shows it');
select is((public.preview_campaign(pg_temp.id('d', 2)) -> 'countries')::jsonb, '["KZ"]', 'with the countries');
update private.default_limits set countries = '{DE}';
select pg_temp.limit_to('d', '{"countries": null}');
select throws_ok($$ select private.launch_campaign(pg_temp.id('d', 2)) $$, 'PT422', 'no_recipients', 'nobody is texted where only others are');
update private.default_limits set countries = null;

-- Who may: nobody changes a limit but admins and services.
select pg_temp.become('a');
select throws_ok($$ select public.set_account_limits(pg_temp.owner('a'), '{"messages_per_day": 1000000}') $$, 'PT403', 'admin_required',
  'a user does not raise their own limit');
select throws_ok(s, '42501', null, 'nor by ' || s) from unnest(array[
  'update private.account_limits set messages_per_day = 1000000', 'update private.default_limits set messages_per_day = 1000000',
  'insert into private.account_limits (user_id) values (pg_temp.owner(''a''))', 'delete from private.account_limits',
  'delete from private.launches', 'delete from private.ramp_up_steps', 'delete from private.calling_codes',
  'select * from private.account_limits', 'select * from private.launches',
  'select * from private.limits_of(pg_temp.owner(''a''), now())', 'select private.check_daily_limits(pg_temp.owner(''a''), 1, 1, now())',
  'update public.user_profiles set approved_at = ''2000-01-01''', 'update public.campaigns set launched_at = ''2000-01-01''',
  'update public.campaigns set skipped_count = 1000'
]) s;
select is((public.account_limits() -> 'in_force' ->> 'segments_per_day'), '100', 'they read their own');
select throws_ok($$ select public.account_limits(pg_temp.owner('b')) $$, 'PT404', 'account_not_found', 'but nobody else''s');
reset role;
update public.user_profiles set status = 'pending' where id = pg_temp.owner('d');
select pg_temp.become('d');
select throws_ok($$ select public.account_limits() $$, 'PT404', 'account_not_found', 'who is not approved reads nothing');
reset role;
set local role anon;
select throws_ok(s, '42501', null, 'without a sign-in nobody does: ' || s) from unnest(array[
  'select public.account_limits()', 'select public.set_account_limits(gen_random_uuid(), ''{}'')'
]) s;
reset role;
select pg_temp.become('c');
select is((public.account_limits(pg_temp.owner('a')) -> 'in_force' ->> 'segments_per_day'), '100', 'an admin reads anybody''s');
select is(
  (select concat_ws(' ', l ->> 'messages_per_day', l ->> 'segments_per_day', (l ->> 'changed_by')::uuid = pg_temp.owner('c'))
   from (select public.set_account_limits(pg_temp.owner('a'), '{"messages_per_day": 7}') -> 'own') o (l)),
  '7 100 t', 'and sets them: what is not named stays, and who it was is on record'
);
select throws_ok($$ select public.set_account_limits(gen_random_uuid(), '{}') $$, 'PT404', 'account_not_found', 'not of nobody');
select throws_ok(format('select public.set_account_limits(pg_temp.owner(''a''), %L)', l), 'PT422', 'limits_invalid', 'nor to ' || l)
  from unnest(array[
    '{"messages_per_dya": 1}', '{"messages_per_day": -1}', '{"messages_per_day": 1.5}', '{"messages_per_day": "7"}',
    '{"segments_per_day": 2147483648}', '{"cost_per_day": -0.01}', '{"price_per_segment": "free"}', '{"countries": []}', '{"countries": ["UK"]}',
    '{"countries": ["us"]}', '{"countries": [null]}', '{"countries": "US"}', '{"countries": ["NANP"]}', '{"ramp_up": 1}',
    '{"changed_by": null}', '{"user_id": null}', '[]', 'null'
  ]) l;
reset role;
set local role service_role;
select is((public.set_account_limits(pg_temp.owner('a'), '{"messages_per_day": 0}') -> 'in_force' ->> 'messages_per_day'), '0', 'a service does, too');
reset role;
select throws_ok($$ select private.launch_campaign(pg_temp.id('a', 7)) $$, 'PT422', 'daily_limit_exceeded', 'with a limit of nothing, nothing is launched');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

select * from finish();
rollback;
