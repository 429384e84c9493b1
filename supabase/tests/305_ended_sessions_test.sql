-- Whose token still stands, and which admins lack a second factor.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

insert into auth.users (id, email) values ('a0000000-0000-4000-8000-000000000305', 'ended@sessions.test');
update public.user_profiles set role = 'admin', status = 'approved' where user_id = 'a0000000-0000-4000-8000-000000000305';
insert into auth.sessions (id, user_id, created_at, updated_at)
  values ('5e000000-0000-4000-8000-000000000305', 'a0000000-0000-4000-8000-000000000305', now(), now());

create function pg_temp.sign_in(session text, assurance text default 'aal1') returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims', jsonb_build_object(
    'sub', 'a0000000-0000-4000-8000-000000000305', 'role', 'authenticated', 'session_id', session, 'aal', assurance)::text, true);
  set local role authenticated;
end
$$;

select pg_temp.sign_in('5e000000-0000-4000-8000-000000000305');
select ok(exists (select from public.user_profiles where user_id = auth.uid()), 'a session that goes on reads');
select ok(private.my_profile_id() is not null and private.is_admin(), 'and is who it was');
select lives_ok('select private.check_request()', 'and its requests are let in');
reset role;

-- What ends a session, and what a token of it is then.
create temp table ends (name text primary key, statement text);
insert into ends values
  ('signed out', $$ delete from auth.sessions where id = '5e000000-0000-4000-8000-000000000305' $$),
  ('timed out', $$ update auth.sessions set not_after = now() where id = '5e000000-0000-4000-8000-000000000305' $$),
  ('banned', $$ update auth.users set banned_until = now() + interval '1 day' where id = 'a0000000-0000-4000-8000-000000000305' $$),
  ('deleted softly', $$ update auth.users set deleted_at = now() where id = 'a0000000-0000-4000-8000-000000000305' $$);
create function pg_temp.once_ended(statement text) returns text language plpgsql as $$
declare
  found text;
begin
  execute statement;
  perform pg_temp.sign_in('5e000000-0000-4000-8000-000000000305', 'aal2');
  found := jsonb_build_object(
    'profile', private.my_profile_id(), 'admin', private.is_admin(), 'sees', private.owners_i_see(),
    'profiles', (select count(*) from public.user_profiles), 'live', (public.who_am_i()).session_is_live
  )::text;
  begin
    perform private.check_request();
    found := found || ' let in';
  exception when sqlstate 'PT401' then
    found := found || ' ' || sqlerrm;
  end;
  reset role;
  raise exception using errcode = 'PTEND', message = found;
exception when sqlstate 'PTEND' then
  reset role;
  return sqlerrm;
end
$$;
select is(
  pg_temp.once_ended(statement),
  '{"live": false, "sees": [], "admin": false, "profile": null, "profiles": 0} session_ended',
  'once ' || name || ', a token is nobody''s'
) from ends order by name;

select pg_temp.sign_in('5e000000-0000-4000-8000-0000000003ff');
select is(private.my_profile_id(), null, 'a session of nobody is no session');
reset role;

update private.sign_in_rules set admins_need_second_factor = true;
select pg_temp.sign_in('5e000000-0000-4000-8000-000000000305', 'aal1');
select ok(not private.is_admin() and private.my_profile_id() is not null, 'without the second factor an admin is an ordinary user');
select is((public.who_am_i()).lacks_second_factor, true, 'and is told what is missing');
select throws_ok($$ update private.sign_in_rules set admins_need_second_factor = false $$, '42501', null, 'nobody lifts the rule for themselves');
reset role;
select pg_temp.sign_in('5e000000-0000-4000-8000-000000000305', 'aal2');
select ok(private.is_admin(), 'with it they are an admin');
reset role;

select * from finish();
rollback;
