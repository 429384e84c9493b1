-- Nobody without an invitation, no user without a profile, no redemption without a user.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table inviter (id uuid);
with person as (
  insert into auth.users (id, email) values (gen_random_uuid(), 'inviter@sign-up.test') returning id
)
select id from person;
insert into inviter select p.id from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = 'inviter@sign-up.test';

insert into public.invite_codes (code, created_by, max_uses, email, expires_at, revoked_at)
select c.code, i.id, c.max_uses, c.email, c.expires_at, c.revoked_at
from inviter i, (values
  ('TAP-ONCE-0001', 1, null, null::timestamptz, null::timestamptz),
  ('TAP-TWICE-001', 2, null, null, null),
  ('TAP-BOUND-001', 1, 'ann@sign-up.test', null, null),
  ('TAP-LATE-0001', 1, null, now() - interval '1 second', null),
  ('TAP-GONE-0001', 1, null, null, now())
) c (code, max_uses, email, expires_at, revoked_at);

create function pg_temp.hook(code text, address text) returns text language sql as $$
  select coalesce(
    split_part(private.before_user_created(jsonb_build_object('user', jsonb_build_object(
      'email', address, 'user_metadata', jsonb_build_object('invite_code', code)
    ))) #>> '{error,message}', ':', 1),
    'welcome'
  )
$$;
select is(pg_temp.hook(null, 'x@sign-up.test'), 'invite_required', 'no code');
select is(pg_temp.hook(' - ', 'x@sign-up.test'), 'invite_required', 'a code of nothing but dashes');
select is(pg_temp.hook('TAP-NONE-0001', 'x@sign-up.test'), 'invite_unknown', 'a made-up code');
select is(pg_temp.hook('TAP-LATE-0001', 'x@sign-up.test'), 'invite_expired', 'an expired code');
select is(pg_temp.hook('TAP-GONE-0001', 'x@sign-up.test'), 'invite_revoked', 'a revoked code');
select is(pg_temp.hook('TAP-BOUND-001', 'bob@sign-up.test'), 'invite_for_another_email', 'somebody else''s code');
select is(pg_temp.hook('TAP-BOUND-001', 'Ann@Sign-Up.test'), 'welcome', 'one''s own code, in any case');
select is(pg_temp.hook('tap once OOO1', 'x@sign-up.test'), 'welcome', 'a code as it was heard: O for 0, spaces, small letters');
select is(
  private.before_user_created('{"user":{"email":"x@sign-up.test"}}') #>> '{error,http_code}', '403',
  'a refusal is a 403'
);

-- Metadata: of any shape, but not of any length.
select is(
  split_part(private.before_user_created(jsonb_build_object('user', jsonb_build_object(
    'email', 'x@sign-up.test', 'user_metadata', jsonb_build_object('invite_code', 'TAP-ONCE-0001', 'about', repeat('x', 5000))
  ))) #>> '{error,message}', ':', 1),
  'account_metadata_too_long', 'metadata that no token could carry is refused'
);
select is(
  private.custom_access_token(jsonb_build_object('user_id', gen_random_uuid(), 'claims', jsonb_build_object('sub', 'x', 'user_metadata', odd)))
    #> '{claims,user_metadata}',
  '{}', 'a token leaves out metadata that is ' || name
) from (values
  ('too long', jsonb_build_object('about', repeat('x', 5000))), ('null', 'null'), ('an array', '[1]'), ('a text', '"x"')
) odds (name, odd);
select is(
  private.custom_access_token(jsonb_build_object('user_id', gen_random_uuid(), 'claims', '{"sub":"x","user_metadata":{"name":["Ann"]}}'::jsonb))
    #> '{claims,user_metadata}',
  '{"name":["Ann"]}', 'and carries any other'
);

create function pg_temp.sign_up(address text, metadata jsonb) returns void language sql as $$
  insert into auth.users (id, email, raw_user_meta_data) values (gen_random_uuid(), address, metadata)
$$;
create function pg_temp.profile(address text) returns public.user_profiles language sql as $$
  select p from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = address
$$;

select lives_ok(
  $$select pg_temp.sign_up('one@sign-up.test', '{"invite_code":"TAP-ONCE-0001","role":"admin","status":"approved"}')$$,
  'a sign-up with a code'
);
select is((pg_temp.profile('one@sign-up.test')).status, 'pending', 'waits for approval, whatever the metadata says');
select is((pg_temp.profile('one@sign-up.test')).role, 'user', 'is a user, whatever the metadata says');
select is((pg_temp.profile('one@sign-up.test')).invited_by, (select id from inviter), 'the profile says who invited');
select is((pg_temp.profile('one@sign-up.test')).invite_code, 'TAP-ONCE-0001', 'the profile says with which code');
select isnt((pg_temp.profile('one@sign-up.test')).invited_at, null, 'the profile says when');
select is(
  (select count(*) from public.invite_redemptions r where r.profile_id = (pg_temp.profile('one@sign-up.test')).id),
  1::bigint, 'the redemption is recorded'
);
select throws_like(
  $$select pg_temp.sign_up('two@sign-up.test', '{"invite_code":"TAP-ONCE-0001"}')$$,
  'invite_exhausted%', 'a code for one lets in one'
);
select is((select count(*) from auth.users where email = 'two@sign-up.test'), 0::bigint, 'and leaves no user behind');
select lives_ok($$select pg_temp.sign_up('t1@sign-up.test', '{"invite_code":"TAP-TWICE-001"}')$$, 'a code for two lets in one');
select lives_ok($$select pg_temp.sign_up('t2@sign-up.test', '{"invite_code":"TAP-TWICE-001"}')$$, 'and another');
select throws_like($$select pg_temp.sign_up('t3@sign-up.test', '{"invite_code":"TAP-TWICE-001"}')$$, 'invite_exhausted%', 'and no third');
select lives_ok($$select pg_temp.sign_up('made@sign-up.test', '{"role":"admin"}')$$, 'a user that an operator makes needs no code');
select is((pg_temp.profile('made@sign-up.test')).status, 'pending', 'and waits for approval too');

-- The token hook.
create function pg_temp.token(address text) returns jsonb language sql as $$
  select private.custom_access_token(jsonb_build_object(
    'user_id', u.id, 'claims', '{"role":"authenticated","sub":"x"}'::jsonb
  )) from auth.users u where u.email = address
$$;
select is(
  pg_temp.token('one@sign-up.test') -> 'claims',
  jsonb_build_object(
    'role', 'authenticated', 'sub', 'x', 'user_role', 'user', 'user_status', 'pending',
    'profile_id', (pg_temp.profile('one@sign-up.test')).id
  ),
  'role and status join the claims, and Postgres'' role stays'
);
update public.user_profiles set status = 'rejected' where id = (pg_temp.profile('one@sign-up.test')).id;
select matches(pg_temp.token('one@sign-up.test') #>> '{error,message}', '^account_rejected: ', 'a rejected person gets no token');

-- Who may call what.
select ok(not has_function_privilege('authenticated', 'private.before_user_created(jsonb)', 'execute'), 'hooks are Auth''s');
select ok(not has_function_privilege('anon', 'private.custom_access_token(jsonb)', 'execute'), 'both of them');
select ok(not has_function_privilege('authenticated', 'private.invite_refusal(text, text)', 'execute'), 'codes can''t be probed');
select ok(has_function_privilege('supabase_auth_admin', 'private.before_user_created(jsonb)', 'execute'), 'Auth may ask the first');
select ok(has_function_privilege('supabase_auth_admin', 'private.custom_access_token(jsonb)', 'execute'), 'and the second');

select * from finish();
rollback;
