-- Tokens with which a browser opens a stream of events: EventSource can't send headers, so that the token stands in the
-- address, where proxies log it. So it is another one than the session's, opens one stream, and for a minute.
--
-- The row holds the caller's access token, sealed with a key that only the stream's token gives: who reads the table can
-- open nothing, and the stream goes on as the caller, with all that holds for them. Any process can open it.

create table private.event_stream_tokens (
  token_hash text primary key check (char_length(token_hash) <= 64),
  user_id uuid not null references auth.users (id) on delete cascade,
  -- The stream's address, such as /api/campaigns/…/events.
  path text not null check (char_length(path) <= 200),
  sealed text not null check (char_length(sealed) <= 24576),
  expires_at timestamp with time zone not null
);
alter table private.event_stream_tokens enable row level security;
create index event_stream_tokens_user_id_idx on private.event_stream_tokens (user_id);
create index event_stream_tokens_expires_at_idx on private.event_stream_tokens (expires_at);

-- Keeps a token of the caller's, whose hash this is, and returns until when it opens the stream. For our API. Side
-- effects: tokens that have expired go, at most 100 at once.
create function public.keep_event_stream_token(token_hash text, path text, sealed text) returns timestamp with time zone
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller constant uuid := private.signed_in_user();
  expires_at constant timestamp with time zone := now() + interval '1 minute';
begin
  if caller is null then
    raise exception using errcode = 'PT401', message = 'session_ended', detail = 'This session has ended: sign in again.';
  end if;
  delete from private.event_stream_tokens t where t.token_hash in (
    select old.token_hash from private.event_stream_tokens old
    where old.expires_at < now() order by old.expires_at limit 100 for update skip locked
  );
  if (select count(*) from private.event_stream_tokens t where t.user_id = caller) >= 100 then
    raise exception using errcode = 'PT429', message = 'too_many_stream_tokens',
      detail = 'Up to 100 streams can be opened in a minute.';
  end if;
  insert into private.event_stream_tokens (token_hash, user_id, path, sealed, expires_at)
  values (token_hash, caller, path, sealed, expires_at);
  return expires_at;
end
$$;
grant execute on function public.keep_event_stream_token(text, text, text) to authenticated;

-- What was sealed for a token, while it opens this stream; null otherwise. For our API, which is nobody yet when it asks.
create function public.event_stream_token(token_hash text, path text) returns text
language sql stable security definer
set search_path = ''
as $$
  select t.sealed from private.event_stream_tokens t
  where t.token_hash = event_stream_token.token_hash and t.path = event_stream_token.path and t.expires_at > now()
$$;
grant execute on function public.event_stream_token(text, text) to anon;
