-- Whoever is deleted in Auth can be, and what they did for others stays.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create function pg_temp.person(name text) returns uuid language sql as $$
  select p.id from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = name || '@deleted.test'
$$;
create function pg_temp.sign_up(name text, code text default null) returns void language sql as $$
  insert into auth.users (id, email, email_confirmed_at, encrypted_password, raw_user_meta_data)
  values (gen_random_uuid(), name || '@deleted.test', now(), 'old', jsonb_strip_nulls(jsonb_build_object('invite_code', code)))
$$;
select pg_temp.sign_up('boss'), pg_temp.sign_up('other');
update public.user_profiles set role = 'admin', status = 'approved' where id in (pg_temp.person('boss'), pg_temp.person('other'));
insert into public.invite_codes (code, created_by) values ('DELETED-ONCE', pg_temp.person('boss'));
select pg_temp.sign_up('ann', 'DELETED-ONCE');
select private.open_password_reset(pg_temp.person('ann'), 'secret', 'hash-304', '1 hour', pg_temp.person('boss'), 'lost phone');
create temp table boss as select pg_temp.person('boss') as id;
create temp table ann as select pg_temp.person('ann') as id;

-- An invitation once used stays used.
select lives_ok($$ delete from auth.users where email = 'ann@deleted.test' $$, 'who was invited can be deleted');
select is(pg_temp.person('ann'), null, 'and is gone');
select throws_like($$ select pg_temp.sign_up('eve', 'DELETED-ONCE') $$, 'invite_exhausted%', 'the invitation stays used');
select is((select count(*) from public.invite_redemptions r where r.profile_id = (select a.id from ann a)), 1::bigint, 'and it stays known by whom');

-- Whoever invited, and had a password reset.
insert into public.invite_codes (code, created_by, max_uses) values ('DELETED-TWICE', pg_temp.person('boss'), 2);
select pg_temp.sign_up('bea', 'DELETED-TWICE');
select private.open_password_reset(pg_temp.person('bea'), 'secret', 'hash-305', '1 hour', pg_temp.person('boss'), 'lost phone');
select lives_ok($$ delete from auth.users where email = 'boss@deleted.test' $$, 'whoever invited can be deleted');
select is((select p.invited_by from public.user_profiles p where p.id = pg_temp.person('bea')), null, 'the invited person stays');
select is((select count(*) from public.invite_codes i where i.code like 'DELETED%' and i.created_by is null), 2::bigint, 'the invitations stay');
select results_eq(
  $$ select r.reason, r.status, r.admin_id from public.admin_password_resets r where r.user_id = pg_temp.person('bea') $$,
  $$ values ('lost phone', 'pending', null::uuid) $$, 'the record of the reset stays'
);
select is((select t.is_used from public.password_reset_tokens t where t.token = 'hash-305'), false, 'and its link works');
select bag_eq(
  $$ select c.table_name, c.column_name from private.cleared_references c where c.profile_id = (select b.id from boss b) $$,
  $$ values ('user_profiles', 'invited_by'), ('invite_codes', 'created_by'), ('invite_codes', 'created_by'),
       ('password_reset_tokens', 'created_by'), ('admin_password_resets', 'admin_id') $$,
  'and it stays on record who it was'
);

-- Both at once, by one statement.
update public.user_profiles set invited_by = pg_temp.person('other') where id = pg_temp.person('bea');
select lives_ok(
  $$ delete from public.user_profiles where id in (pg_temp.person('other'), pg_temp.person('bea')) $$,
  'who invited and who was invited can be deleted together'
);

-- Deleted by Auth so that the row stays.
select pg_temp.sign_up('carl'), pg_temp.sign_up('dora');
update public.user_profiles set role = 'admin', status = 'approved' where id = pg_temp.person('carl');
update public.user_profiles set status = 'approved' where id = pg_temp.person('dora');
create temp table carl as select p.* from public.user_profiles p where p.id = pg_temp.person('carl');
create temp table dora as select p.* from public.user_profiles p where p.id = pg_temp.person('dora');
grant select on carl, dora to authenticated;
insert into public.campaigns (user_id, name, message_body, status, scheduled_at)
  select d.id, 'x', 'Hello', 'scheduled', now() + interval '1 day' from dora d;
delete from private.mails;
select lives_ok(
  $$ update auth.users set deleted_at = now(), encrypted_password = null, raw_user_meta_data = '{}',
       email = encode(sha256(convert_to(email, 'utf8')), 'hex')
     where id = (select d.user_id from dora d) $$,
  'a person is deleted, and the row in Auth stays'
);
select ok((select p.deleted_at is not null and p.status = 'rejected' from public.user_profiles p join dora d on d.id = p.id), 'the profile says so');
select is((select c.status from public.campaigns c join dora d on d.id = c.user_id), 'paused', 'nothing is sent in their name');
select is_empty('select from private.mails', 'nobody is written to');
create function pg_temp.profiles_seen_by(user_id uuid) returns uuid[] language plpgsql as $$
declare
  seen uuid[];
begin
  perform set_config('request.jwt.claims', json_build_object('sub', user_id, 'role', 'authenticated')::text, true);
  set local role authenticated;
  seen := array(select p.id from public.user_profiles p where p.id in (select c.id from carl c union select d.id from dora d));
  reset role;
  return seen;
end
$$;
select is(pg_temp.profiles_seen_by((select c.user_id from carl c)), array(select c.id from carl c), 'admins see the person no more');
select is(pg_temp.profiles_seen_by((select d.user_id from dora d)), '{}'::uuid[], 'nor does the person, with their last token');
select lives_ok(
  $$ update auth.users set deleted_at = now(), encrypted_password = null where id = (select c.user_id from carl c) $$,
  'even the last admin can be deleted: there is a command that makes one'
);

select * from finish();
rollback;
