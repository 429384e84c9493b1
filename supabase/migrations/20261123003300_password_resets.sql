-- Password resets. `password_reset_tokens.token` is the SHA-256 of the token, in hex. A token
-- is open while it is unused and unexpired; `is_used` without `used_at` is a cancelled one.
create unique index password_reset_tokens_one_open_key on public.password_reset_tokens (user_id) where not is_used;
create index admin_password_resets_pending_idx on public.admin_password_resets (created_at) where status = 'pending';

-- Addresses somebody asked a reset for. Known or not, asking costs one insert; the answer to
-- "is there such an account" is looked up later, away from the request.
create table private.password_reset_requests (
  id uuid primary key default private.uuid_v7(),
  email text not null,
  requested_at timestamp with time zone not null default now()
);
alter table private.password_reset_requests enable row level security;

-- Closes the open token of a profile, and with it the admin's row and the mail that still waits.
create function private.cancel_password_resets(profile uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  with cancelled as (
    update public.password_reset_tokens t set is_used = true
    where t.user_id = profile and not t.is_used
    returning t.id
  )
  update public.admin_password_resets r
  set status = 'cancelled', completed_at = now()
  from cancelled c
  where r.reset_token_id = c.id and r.status = 'pending';

  update private.mails m
  set state = 'cancelled', contents = '{}', finished_at = now()
  from public.user_profiles p
  join auth.users u on u.id = p.user_id
  where p.id = profile and m.state = 'queued' and m.kind = 'password_reset'
    and m.attempts = 0 and lower(m.recipient) = lower(u.email);
end
$$;
revoke all on function private.cancel_password_resets(uuid) from public, anon, authenticated;

-- Opens a reset and queues its mail, in one transaction. The token itself stands only in the mail.
create function private.open_password_reset(
  profile uuid,
  token text,
  token_hash text,
  valid_for interval,
  admin uuid default null,
  reason text default null
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  address text;
  token_id uuid;
  reset_id uuid;
begin
  -- The lock lets simultaneous requests for one person cancel each other one by one.
  select u.email into address
  from public.user_profiles p join auth.users u on u.id = p.user_id
  where p.id = profile and p.status <> 'rejected' and u.deleted_at is null
  for update of p;
  if address is null then
    return null;
  end if;
  perform private.cancel_password_resets(profile);

  insert into public.password_reset_tokens (token, user_id, email, expires_at, created_by, reset_type, notes)
  values (
    token_hash, profile, address, now() + valid_for, admin,
    case when admin is null then 'user' else 'admin' end, reason
  )
  returning id into token_id;
  if admin is not null then
    insert into public.admin_password_resets (user_id, admin_id, reset_token_id, reason)
    values (profile, admin, token_id, open_password_reset.reason)
    returning id into reset_id;
  end if;
  perform private.queue_mail(
    'password_reset',
    address,
    jsonb_build_object('token', token, 'expires_at', now() + valid_for, 'by_admin', admin is not null)
  );
  return coalesce(reset_id, token_id);
end
$$;
revoke all on function private.open_password_reset(uuid, text, text, interval, uuid, text)
  from public, anon, authenticated;

-- A changed password or address closes what is open, ends the sessions and tells the owner,
-- whichever way the change came.
create function private.follow_credentials() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.cancel_password_resets(p.id) from public.user_profiles p where p.user_id = new.id;
  if new.encrypted_password is distinct from old.encrypted_password
    and coalesce(old.encrypted_password, '') <> ''
  then
    perform private.queue_mail('password_changed', new.email, jsonb_build_object('changed_at', now()));
  end if;
  return null;
end
$$;
create trigger follow_credentials after update of encrypted_password, email on auth.users
  for each row when (
    new.encrypted_password is distinct from old.encrypted_password or new.email is distinct from old.email
  )
  execute function private.follow_credentials();
