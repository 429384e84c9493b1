-- What follows from Resend's events, and who lifts the suppression of an address.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid default gen_random_uuid(), profile_id uuid);
insert into people (name) values ('boss'), ('user');
grant select on people to authenticated;
insert into auth.users (id, email) select user_id, name || '@mails.test' from people;
update people set profile_id = p.id from public.user_profiles p where p.user_id = people.user_id;
update public.user_profiles set role = case when id = (select profile_id from people where name = 'boss') then 'admin' else 'user' end,
  status = 'approved' where id in (select profile_id from people);
delete from private.mails;
delete from private.mail_suppressions;
delete from private.mail_events;

create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
  set local role authenticated;
end
$$;
-- Sends the queued mail to a recipient; Resend calls it `provider_id`.
create function pg_temp.sent(recipient text, provider_id text) returns void language sql as $$
  select private.finish_mail(m.id, sent.provider_id) from private.mails m where m.recipient = sent.recipient and m.state = 'queued'
$$;
create function pg_temp.event(kind text, provider_id text, id text default gen_random_uuid()::text) returns boolean language sql as $$
  select private.record_mail_event(id, kind, 'email.' || kind, provider_id, 'because', now())
$$;
-- The mails to a recipient: state, repeats left, whether contents are kept, and hours until it is due.
create function pg_temp.mails(recipient text) returns text[] language sql as $$
  select array_agg(concat_ws(' ', m.state, m.repeats_left, m.contents <> '{}',
    case when m.state = 'queued' then round(extract(epoch from m.due_at - now()) / 3600) end) order by m.repeats_left, m.state desc)
  from private.mails m where m.recipient = mails.recipient
$$;

-- Bounces that pass.
select private.queue_mail('campaign_finished', 'full@mails.test', '{"name": "x"}');
select pg_temp.sent('full@mails.test', 'full-1');
select is(pg_temp.mails('full@mails.test'), array['sent 3 t'], 'a mail is kept until it has arrived');
select is(pg_temp.event('bounced_for_now', 'full-1', 'evt-1'), true, 'a bounce is recorded');
select is(pg_temp.mails('full@mails.test'), array['sent 0 f', 'queued 2 t 2'], 'and the mail is queued again, two hours later');
select is(pg_temp.event('bounced_for_now', 'full-1', 'evt-1'), false, 'the same event again');
select pg_temp.event('bounced_for_now', 'full-1');
select is(pg_temp.mails('full@mails.test'), array['sent 0 f', 'queued 2 t 2'], 'or another one about the same mail, changes nothing');
select pg_temp.sent('full@mails.test', 'full-2'), pg_temp.event('bounced_for_now', 'full-2');
select is(pg_temp.mails('full@mails.test'), array['sent 0 f', 'sent 0 f', 'queued 1 t 6'], 'the third six hours later');
select pg_temp.sent('full@mails.test', 'full-3'), pg_temp.event('bounced_for_now', 'full-3');
select is(pg_temp.mails('full@mails.test'), array['sent 0 f', 'sent 0 f', 'sent 0 f', 'queued 0 t 24'], 'the fourth a day later');
select pg_temp.sent('full@mails.test', 'full-4'), pg_temp.event('bounced_for_now', 'full-4');
select is(pg_temp.mails('full@mails.test'), array['sent 0 f', 'sent 0 f', 'sent 0 f', 'sent 0 f'], 'and then no more');
select is((select count(distinct created_at)::integer from private.mails where recipient = 'full@mails.test'), 1, 'their age counts from the first');
select is_empty($$ select from private.mail_suppressions $$, 'nobody is suppressed for it');
select private.queue_mail('password_reset', 'reset@mails.test', '{"token": "secret"}');
select pg_temp.sent('reset@mails.test', 'reset-1'), pg_temp.event('bounced_for_now', 'reset-1');
select is(pg_temp.mails('reset@mails.test'), array['sent 0 f'], 'a token is erased once sent, and sent once');
select private.queue_mail('approval', 'late@mails.test', '{"a": 1}');
select pg_temp.event('bounced_for_now', 'late-1'), pg_temp.event('delayed', 'late-1');
select pg_temp.sent('late@mails.test', 'late-1');
select is(pg_temp.mails('late@mails.test'), array['sent 0 f', 'queued 2 t 2'], 'a bounce that was faster than the answer counts as well');
select private.queue_mail('approval', 'there@mails.test', '{"a": 1}');
select pg_temp.sent('there@mails.test', 'there-1');
select pg_temp.event('delayed', 'there-1'), pg_temp.event('other', 'there-1');
select is(pg_temp.mails('there@mails.test'), array['sent 3 t'], 'a delay changes nothing');
select pg_temp.event('delivered', 'there-1');
select is(pg_temp.mails('there@mails.test'), array['sent 0 f'], 'a mail that has arrived is erased');

-- Failures that last.
select private.queue_mail('approval', kind || '@Mails.test', '{}') from unnest(array['bounced', 'complained', 'suppressed']) kind;
select pg_temp.sent(kind || '@Mails.test', kind) from unnest(array['bounced', 'complained', 'suppressed']) kind;
select pg_temp.event(kind, kind) from unnest(array['bounced', 'complained', 'suppressed']) kind;
select pg_temp.event('complained', 'nobody''s'), pg_temp.event('other', null);
select results_eq(
  $$ select address, reason from private.mail_suppressions order by 1 $$,
  $$ values ('bounced@mails.test', 'bounced'), ('complained@mails.test', 'complained'), ('suppressed@mails.test', 'suppressed') $$,
  'the addresses get no mail any more'
);
select is((select count(*)::integer from private.mail_events where provider_id is null), 1, 'an event about no mail is kept');

-- Lifting.
select pg_temp.become('user');
select throws_ok($$ select public.list_mail_suppressions() $$, 'PT403', 'admin_required', 'a user sees none');
select throws_ok($$ select public.lift_mail_suppression('bounced@mails.test', 'please') $$, 'PT403', 'admin_required', 'and lifts none');
select throws_ok($$ select private.lift_mail_suppression('bounced@mails.test', 'please', null) $$, '42501', null, 'by no other way');
select throws_ok($$ select * from private.mail_suppression_lifts $$, '42501', null, 'nor sees who did');
reset role;
select pg_temp.become('boss');
select is((select count(*)::integer from public.list_mail_suppressions()), 3, 'an admin sees them');
select results_eq(
  $$ select address, reason, detail, times_lifted, total from public.list_mail_suppressions('BOUNCE') $$,
  $$ values ('bounced@mails.test', 'bounced', 'because', 0::bigint, 1::bigint) $$, 'and finds one'
);
select throws_ok(format('select public.lift_mail_suppression(%L, %L)', 'bounced@mails.test', why), 'PT422', 'why_required', 'not without saying why')
  from unnest(array['', '  ', null, repeat('x', 1001)]) why;
select lives_ok($$ select public.lift_mail_suppression(' Bounced@mails.test', ' typo at their end ') $$, 'an admin lifts one');
select throws_ok($$ select public.lift_mail_suppression('bounced@mails.test', 'again') $$, 'PT404', 'mail_suppression_not_found', 'once');
reset role;
select results_eq(
  $$ select address, reason, why, lifted_by from private.mail_suppression_lifts $$,
  $$ select 'bounced@mails.test', 'bounced', 'typo at their end', profile_id from people where name = 'boss' $$,
  'who and why is kept'
);
select throws_ok($$ update private.mail_suppression_lifts set why = '' $$, 'P0001', null, 'for ever');
select throws_ok($$ delete from private.mail_suppression_lifts $$, 'P0001', null, 'and is not deleted');
select pg_temp.event('other', 'bounced');
select is((select count(*)::integer from private.mail_suppressions where address = 'bounced@mails.test'), 0, 'an older bounce does not come back');
select pg_temp.event('bounced', 'bounced');
select is((select times_lifted::integer from public.list_mail_suppressions('bounced')), 1, 'a new one does');

select * from finish();
rollback;
