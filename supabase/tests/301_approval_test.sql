-- Decisions about people, as an admin makes them by PostgREST: what follows, and what is refused.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid default gen_random_uuid(), profile_id uuid);
insert into people (name) values ('anna'), ('boss'), ('user');
grant select on people to authenticated;
insert into auth.users (id, email) select user_id, name || '@approval.test' from people;
update people set profile_id = p.id from public.user_profiles p where p.user_id = people.user_id;
-- Only these people count here; the transaction is rolled back.
update public.user_profiles set role = 'admin', status = 'approved' where id in (select profile_id from people where name in ('anna', 'boss'));
update public.user_profiles set role = 'user' where role = 'admin' and id not in (select profile_id from people);
delete from private.mails;

create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
  set local role authenticated;
end
$$;
create function pg_temp.profile(person text) returns public.user_profiles language sql security definer as $$
  select u from public.user_profiles u join people p on p.profile_id = u.id where p.name = person
$$;

-- Only whose address is confirmed.
update auth.users set aud = 'authenticated' where email = 'user@approval.test';
select pg_temp.become('anna');
select throws_ok(
  $$update public.user_profiles set status = 'approved' where id = (select profile_id from people where name = 'user')$$,
  'PT409', 'email_not_confirmed', 'nobody is approved whose address may be another''s'
);
reset role;
update auth.users set email_confirmed_at = now() where email = 'user@approval.test';

-- Approval.
select pg_temp.become('anna');
update public.user_profiles set status = 'approved' where id = (select profile_id from people where name = 'user');
reset role;
select isnt((pg_temp.profile('user')).approved_at, null, 'approval is dated');
select is(
  (select count(*) from public.campaign_templates where user_id = (select profile_id from people where name = 'user') and is_default),
  5::bigint, 'a newly approved person finds the default templates'
);
select is((select array_agg(kind || ' ' || recipient) from private.mails), array['approval user@approval.test'], 'and a mail');

-- Rejection.
insert into auth.sessions (id, user_id) select gen_random_uuid(), user_id from people where name = 'user';
select pg_temp.become('anna');
update public.user_profiles set status = 'rejected' where id = (select profile_id from people where name = 'user');
reset role;
select is((select count(*) from auth.sessions s join people p using (user_id) where p.name = 'user'), 0::bigint, 'rejection ends every session');
select is((pg_temp.profile('user')).approved_at, null, 'and the date goes');
select is((select count(*) from private.mails where kind = 'rejection'), 1::bigint, 'and a mail is queued');

-- Second approval.
update public.user_profiles set status = 'approved' where id = (select profile_id from people where name = 'user');
select is(
  (select count(*) from public.campaign_templates where user_id = (select profile_id from people where name = 'user')),
  5::bigint, 'who comes back gets no second set of templates'
);

-- Oneself.
select pg_temp.become('anna');
select is_empty(
  $$update public.user_profiles set role = 'user' where id = (select profile_id from people where name = 'anna') returning id$$,
  'an admin can''t demote themselves'
);
-- A user.
reset role;
select pg_temp.become('user');
select is_empty(
  $$update public.user_profiles set role = 'admin' where id = (select profile_id from people where name = 'user') returning id$$,
  'a user can''t promote themselves'
);
select throws_ok(
  $$insert into public.user_profiles (user_id, role, status) select user_id, 'admin', 'approved' from people where name = 'user'
    on conflict (user_id) where user_id is not null do update set role = 'admin'$$,
  '42501', null, 'not by an upsert either'
);
select throws_ok($$select private.queue_mail('approval', 'x@y.test', '{}')$$, '42501', null, 'nobody queues mails directly');
select throws_ok($$select * from private.mails$$, '42501', null, 'nor reads them');
reset role;

-- The last admin.
update public.user_profiles set role = 'user' where id = (select profile_id from people where name = 'boss');
select throws_ok(
  $$update public.user_profiles set status = 'rejected' where id = (select profile_id from people where name = 'anna')$$,
  'PT409', null, 'the last admin can''t be rejected'
);
select throws_ok(
  $$update public.user_profiles set role = 'user' where id = (select profile_id from people where name = 'anna')$$,
  'PT409', null, 'nor demoted, not even by the owner of the table'
);
select lives_ok(
  $$update public.user_profiles set role = null, status = null where id = (select profile_id from people where name = 'anna')$$,
  'null decides nothing'
);
select is((pg_temp.profile('anna')).role, 'admin', 'and leaves the role');

-- Signing in.
update auth.users set last_sign_in_at = now() where email = 'user@approval.test';
select is((pg_temp.profile('user')).last_login_at, now(), 'the profile keeps the last sign-in');

select * from finish();
rollback;
