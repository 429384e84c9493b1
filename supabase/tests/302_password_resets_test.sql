-- Resets: one open token a person, closed by a newer one and by every change of the password.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

insert into auth.users (id, email, encrypted_password) values
  ('f0000000-0000-4000-8000-000000000001', 'ann@reset.test', 'old'),
  ('f0000000-0000-4000-8000-000000000002', 'adm@reset.test', 'old');
create function pg_temp.profile(address text) returns uuid language sql as $$
  select p.id from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = address
$$;
delete from private.mails;

select isnt(private.open_password_reset(pg_temp.profile('ann@reset.test'), 'secret-1', 'hash-1', '1 hour'), null, 'a reset opens');
select is((select contents ->> 'token' from private.mails where kind = 'password_reset'), 'secret-1', 'the token stands in its mail');
select is_empty($$select from public.password_reset_tokens where token like 'secret%'$$, 'and nowhere else');

select isnt(
  private.open_password_reset(pg_temp.profile('ann@reset.test'), 'secret-2', 'hash-2', '24 hours', pg_temp.profile('adm@reset.test'), 'lost phone'),
  null, 'an admin opens another'
);
select ok((select is_used and used_at is null from public.password_reset_tokens where token = 'hash-1'), 'which cancels the first');
select is((select array_agg(state || contents::text order by created_at, id) from private.mails where kind = 'password_reset' and state = 'canceled'),
  array['canceled{}'], 'and its mail, with the token in it');
select is((select reason || ' ' || status from public.admin_password_resets where user_id = pg_temp.profile('ann@reset.test')), 'lost phone pending', 'the admin''s row waits');
select throws_ok(
  $$insert into public.password_reset_tokens (token, user_id, email, expires_at)
    values ('hash-3', pg_temp.profile('ann@reset.test'), 'x', now())$$,
  '23505', null, 'there is never a second open token'
);

update auth.users set encrypted_password = 'new' where email = 'ann@reset.test';
select is_empty($$select from public.password_reset_tokens where user_id = pg_temp.profile('ann@reset.test') and not is_used$$, 'a changed password closes what is open');
select is((select status from public.admin_password_resets where user_id = pg_temp.profile('ann@reset.test')), 'cancelled', 'and the admin''s row');
select is((select count(*) from private.mails where kind = 'password_changed'), 1::bigint, 'and tells the owner');

update auth.users set email = 'ann@new.test' where email = 'ann@reset.test';
select is((select array_agg(recipient) from private.mails where kind = 'email_changed'), array['ann@reset.test'], 'a changed address is told to the old one');
update auth.users set email = 'ann@reset.test' where email = 'ann@new.test';
update auth.users set email = 'a hash', deleted_at = now() where email = 'adm@reset.test';
select is((select count(*) from private.mails where kind = 'email_changed' and recipient = 'adm@reset.test'), 0::bigint, 'but not to who is deleted');

update public.user_profiles set status = 'rejected' where id = pg_temp.profile('ann@reset.test');
select is(private.open_password_reset(pg_temp.profile('ann@reset.test'), 'secret-4', 'hash-4', '1 hour'), null, 'a rejected person resets nothing');

select ok(not has_column_privilege('authenticated', 'public.password_reset_tokens', 'token', 'select'), 'nobody reads hashes');
select ok(not has_function_privilege('authenticated', 'private.open_password_reset(uuid, text, text, interval, uuid, text)', 'execute'), 'nobody opens a reset by RPC');

-- Limits.
select is((private.take_from_bucket('\x01', 2, '10 s')).wait, null, 'the first passes');
select is((private.take_from_bucket('\x01', 2, '10 s')).wait, null, 'the second passes');
select cmp_ok((private.take_from_bucket('\x01', 2, '10 s')).wait, '>', interval '5 s', 'the third waits for the refill');
select is((private.take_from_bucket('\x02', 2, '10 s')).wait, null, 'another key has its own bucket');
update private.rate_limits set full_at = full_at - interval '10 s' where key = '\x01';
select is((private.take_from_bucket('\x01', 2, '10 s')).wait, null, 'after one refill one passes: nobody is locked out for good');

select * from finish();
rollback;
