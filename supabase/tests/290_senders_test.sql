-- Which sender a campaign names, who changes rates and quiet hours.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 3), pg_temp.make_owner('c', 0), pg_temp.make_owner('d', 0);
update public.user_profiles set role = 'admin' where id = pg_temp.owner('c');
update public.user_profiles set status = 'pending' where id = pg_temp.owner('d');
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
create function pg_temp.second() returns uuid language sql immutable as $$ select 'e4000000-0000-4000-8000-000000000240'::uuid $$;
grant execute on all functions in schema pg_temp to authenticated;
insert into private.senders (id, messaging_service_sid) values (pg_temp.second(), 'MG0123456789abcdef0123456789abcdef');
insert into public.campaigns (id, user_id, name, message_body) values (pg_temp.id('a', 1), pg_temp.owner('a'), 'a1', 'Hello');

-- Seeing them.
select pg_temp.become('a');
select is(json_array_length(public.list_senders()), 2, 'approved people see the senders');
select results_eq(
  $$ select s ->> 'phone_number', (s ->> 'is_default')::boolean, s ->> 'held_until' from public.list_senders() l, lateral (select l -> 0) f (s) $$,
  $$ values ('+15005550006', true, null::text) $$, 'the default first, and not held'
);
select pg_temp.become('d');
select is(public.list_senders()::text, '[]', 'nobody sees them before they are approved');
reset role;
select private.hold_sender(pg_temp.second(), 'rate_limited', '1 minute', '1 hour', false);
select pg_temp.become('a');
select results_eq(
  $$ select s ->> 'hold_reason', s ->> 'held_until' is not null from public.list_senders() l, lateral (select l -> 1) f (s) $$,
  $$ values ('rate_limited', true) $$, 'a hold is not hidden'
);

-- Naming one.
select lives_ok($$ update public.campaigns set sender_id = pg_temp.second() where id = pg_temp.id('a', 1) $$, 'a draft names a sender');
select throws_ok($$ update public.campaigns set sender_id = gen_random_uuid() where id = pg_temp.id('a', 1) $$, '23503', null, 'but none that is not there');
select lives_ok($$ insert into public.campaigns (name, sender_id) values ('new', pg_temp.second()) $$, 'a new campaign names one too');
select is((public.duplicate_campaign(pg_temp.id('a', 1))).sender_id, pg_temp.second(), 'a duplicate keeps it');
reset role;
select private.launch_campaign(pg_temp.id('a', 1));
select is((select sender_id from private.send_lanes where campaign_id = pg_temp.id('a', 1)), pg_temp.second(), 'the launch uses it');
select is(pg_temp.take(), 0, 'nothing is taken while it is held, whatever the default does');
select pg_temp.become('a');
select throws_ok($$ update public.campaigns set sender_id = null where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_already_launched', 'after the launch it does not change');
select lives_ok($$ update public.campaigns set sender_id = sender_id, quiet_hours = quiet_hours where id = pg_temp.id('a', 1) $$, 'writing back the same is no change');

-- Countries.
reset role;
insert into private.senders (id, phone_number) values ('f4000000-0000-4000-8000-000000000240', '+442071838750');
select is(
  private.allowed_countries(row_of), '{US}', 'naming a sender of another country does not open that country'
)
from (select jsonb_populate_record(null::public.campaigns, jsonb_build_object('user_id', pg_temp.owner('a'), 'sender_id', 'f4000000-0000-4000-8000-000000000240')) as row_of) c;

-- Quiet hours.
reset role;
insert into public.campaigns (id, user_id, name, message_body) values (pg_temp.id('a', 2), pg_temp.owner('a'), 'a2', 'Hello');
select pg_temp.become('a');
select throws_ok($$ update public.campaigns set quiet_hours = false where id = pg_temp.id('a', 2) $$, 'PT403', 'quiet_hours_need_admin', 'an owner does not switch quiet hours off');
select throws_ok($$ insert into public.campaigns (name, quiet_hours) values ('night', false) $$, 'PT403', 'quiet_hours_need_admin', 'nor makes a campaign without');
select lives_ok($$ update public.campaigns set quiet_hours = true where id = pg_temp.id('a', 2) $$, 'what is so already is no change');
select pg_temp.become('c');
select lives_ok($$ update public.campaigns set quiet_hours = false where id = pg_temp.id('a', 2) $$, 'an admin does');
select throws_ok($$ update public.campaigns set quiet_hours = false where id = pg_temp.id('a', 1) $$, 'PT409', 'campaign_already_launched', 'but not after the launch');
select is((public.duplicate_campaign(pg_temp.id('a', 2))).quiet_hours, false, 'an admin''s copy goes without them');
select pg_temp.become('a');
select throws_ok($$ update public.campaigns set quiet_hours = true where id = pg_temp.id('a', 2) $$, 'PT403', 'quiet_hours_need_admin', 'an owner does not set them either way');
select is((public.duplicate_campaign(pg_temp.id('a', 2))).quiet_hours, true, 'and gets no campaign without them by copying one');

-- Rates.
select throws_ok($$ select public.set_sender_rate(pg_temp.second(), 5) $$, 'PT403', 'admin_required', 'an owner does not set a rate');
select pg_temp.become('c');
select throws_ok(format('select public.set_sender_rate(pg_temp.second(), %L)', rate), 'PT422', 'rate_invalid', 'a rate is not ' || coalesce(rate, 'null'))
  from unnest(array['0', '-1', 'NaN', 'Infinity', '1e300', null]) rate;
select throws_ok($$ select public.set_sender_rate(gen_random_uuid(), 5) $$, 'PT404', 'sender_not_found', 'nor one of no sender');
select is(public.set_sender_rate(pg_temp.second(), 5) ->> 'segments_per_second', '5', 'an admin sets one');
reset role;
update private.senders set free_at = private.clock() + interval '1 hour' where id = pg_temp.second();
select pg_temp.become('c');
select public.set_sender_rate(pg_temp.second(), 50);
reset role;
select cmp_ok((select free_at from private.senders where id = pg_temp.second()), '<=', private.clock(), 'what a slower rate put off does not wait for it');
set local role anon;
select throws_ok($$ select public.list_senders() $$, '42501', null, 'nobody sees senders without a sign-in');
reset role;

select * from finish();
rollback;
