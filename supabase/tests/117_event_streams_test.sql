-- Tokens of streams of events: kept for a minute, for one address, and read by nobody but our API.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

insert into auth.users (id, email, email_confirmed_at) values ('a0000000-0000-4000-8000-000000000320', 'a@streams.test', now());
update public.user_profiles set status = 'approved' where user_id = 'a0000000-0000-4000-8000-000000000320';
create function pg_temp.become(claims text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims', claims, true);
  execute format('set local role %I', claims::jsonb ->> 'role');
end
$$;
create function pg_temp.opened(hash text, path text) returns text language plpgsql as $$
declare
  found_text text;
begin
  set local role anon;
  found_text := public.event_stream_token(hash, path);
  reset role;
  return found_text;
end
$$;

select pg_temp.become('{"sub":"a0000000-0000-4000-8000-000000000320","role":"authenticated"}');
select is(
  public.keep_event_stream_token('hash', '/api/campaigns/1/events', 'sealed'), now() + interval '1 minute', 'a token is good for a minute'
);
select throws_ok($$ select public.event_stream_token('hash', '/api/campaigns/1/events') $$, '42501', null, 'only our API asks for it');
select throws_ok('select * from private.event_stream_tokens', '42501', null, 'and nobody reads the table');
reset role;
select is(pg_temp.opened('hash', '/api/campaigns/1/events'), 'sealed', 'it opens the stream that it is for');
select is(pg_temp.opened('hash', '/api/campaigns/2/events'), null, 'and no other');
select is(pg_temp.opened('other', '/api/campaigns/1/events'), null, 'and another token does not');
update private.event_stream_tokens set expires_at = now() - interval '1 second';
select is(pg_temp.opened('hash', '/api/campaigns/1/events'), null, 'nor does one that has expired');

insert into private.event_stream_tokens (token_hash, user_id, path, sealed, expires_at)
select 'n' || n, 'a0000000-0000-4000-8000-000000000320', '', '', now() + interval '1 minute' from generate_series(1, 99) n;
select pg_temp.become('{"sub":"a0000000-0000-4000-8000-000000000320","role":"authenticated"}');
select lives_ok($$ select public.keep_event_stream_token('again', '', '') $$, 'a hundred can wait');
select throws_ok(
  $$ select public.keep_event_stream_token('more', '', '') $$, 'PT429', 'too_many_stream_tokens', 'and no more'
);
reset role;
select is_empty($$ select from private.event_stream_tokens t where t.token_hash = 'hash' $$, 'what has expired goes');

select pg_temp.become('{"sub":"b0000000-0000-4000-8000-000000000320","role":"authenticated"}');
select throws_ok(
  $$ select public.keep_event_stream_token('theirs', '', '') $$, 'PT401', 'session_ended', 'somebody who is gone gets none'
);
reset role;
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000320';
select is_empty('select from private.event_stream_tokens', 'tokens go with the person');

select * from finish();
rollback;
