-- Password resets, and the limits that keep strangers from guessing passwords or flooding mailboxes.

-- Tokens. `token` is the SHA-256 of the token, in hex; the token itself is only in the mail.
-- Open: not used and not expired. `is_used` without `used_at` means canceled.
-- No triggers on either table of resets; auth.users has `follow_credentials`, below.
create table public.password_reset_tokens (
  id uuid primary key default gen_random_uuid(),
  token text unique not null constraint password_reset_tokens_token_check check (char_length(token) <= 64),
  user_id uuid references public.user_profiles (id) on delete cascade,
  email text not null constraint password_reset_tokens_email_check check (char_length(email) <= 255),
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone default now(),
  used_at timestamp with time zone,
  is_used boolean default false,
  created_by uuid references public.user_profiles (id),
  reset_type text default 'user' check (reset_type in ('user', 'admin')),
  notes text constraint password_reset_tokens_notes_check check (char_length(notes) <= 1000)
);
create index password_reset_tokens_user_id_idx on public.password_reset_tokens (user_id);
create index password_reset_tokens_created_by_idx on public.password_reset_tokens (created_by) where created_by is not null;
create unique index password_reset_tokens_one_open_key on public.password_reset_tokens (user_id) where not is_used;

-- Admins read both tables, our services write them.
alter table public.password_reset_tokens enable row level security;
create policy admins_read_password_reset_tokens on public.password_reset_tokens for select to authenticated
  using ((select private.is_admin()));
-- Not `token`: nobody needs to see even its hash.
grant select (id, user_id, email, expires_at, created_at, used_at, is_used, created_by, reset_type, notes)
  on public.password_reset_tokens to authenticated;
grant select, insert, update, delete on public.password_reset_tokens to service_role;

-- Resets that an admin started for somebody else.
create table public.admin_password_resets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  admin_id uuid references public.user_profiles (id) on delete cascade,
  reset_token_id uuid references public.password_reset_tokens (id) on delete cascade,
  reason text constraint admin_password_resets_reason_check check (char_length(reason) <= 1000),
  created_at timestamp with time zone default now(),
  completed_at timestamp with time zone,
  status text default 'pending' check (status in ('pending', 'completed', 'expired', 'cancelled'))
);
create index admin_password_resets_user_id_idx on public.admin_password_resets (user_id);
create index admin_password_resets_admin_id_idx on public.admin_password_resets (admin_id);
create index admin_password_resets_reset_token_id_idx on public.admin_password_resets (reset_token_id);
create index admin_password_resets_pending_idx on public.admin_password_resets (created_at) where status = 'pending';

alter table public.admin_password_resets enable row level security;
create policy admins_read_admin_password_resets on public.admin_password_resets for select to authenticated
  using ((select private.is_admin()));
grant select on public.admin_password_resets to authenticated;
grant select, insert, update, delete on public.admin_password_resets to service_role;

-- Addresses for which a reset was requested. The request costs one insert whether there is such
-- an account or not; a worker looks that up later, so the timing reveals nothing.
create table private.password_reset_requests (
  id uuid primary key default private.uuid_v7(),
  email text not null check (char_length(email) <= 254),
  requested_at timestamp with time zone not null default now()
);
alter table private.password_reset_requests enable row level security;

-- Cancels the open token of a profile. Side effects: the token, the admin's row of it, and the mail
-- if it still waits for its first attempt.
create function private.cancel_password_resets(profile uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  with canceled as (
    update public.password_reset_tokens t set is_used = true
    where t.user_id = profile and not t.is_used
    returning t.id
  )
  update public.admin_password_resets r
  set status = 'cancelled', completed_at = now()
  from canceled c
  where r.reset_token_id = c.id and r.status = 'pending';

  update private.mails m
  set state = 'canceled', contents = '{}', finished_at = now()
  from public.user_profiles p
  join auth.users u on u.id = p.user_id
  where p.id = profile and m.state = 'queued' and m.kind = 'password_reset'
    and m.attempts = 0 and lower(m.recipient) = lower(u.email);
end
$$;

-- Opens a reset and queues its mail. Returns the id of the admin's row, or else of the token; null,
-- having done nothing, for a rejected or deleted person. Side effects: cancels the open reset; rows
-- in password_reset_tokens, private.mails and, with `admin`, admin_password_resets.
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
  -- Simultaneous requests for one person wait here and cancel one another in turn.
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

-- After a change of password or e-mail in Auth, however it came about. Side effects: open resets are
-- cancelled; a changed password is reported to its owner by mail, a changed address to the old one, where
-- its owner still reads it. Sessions are not ended here.
create function private.follow_credentials() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.cancel_password_resets(p.id) from public.user_profiles p where p.user_id = new.id;
  -- A password that is taken away belongs to a person who is deleted.
  if new.encrypted_password is distinct from old.encrypted_password
    and coalesce(old.encrypted_password, '') <> '' and coalesce(new.encrypted_password, '') <> ''
  then
    perform private.queue_mail('password_changed', new.email, jsonb_build_object('changed_at', now()));
  end if;
  -- Who is deleted, but for a row, gets a hash instead of an address.
  if new.email is distinct from old.email and new.deleted_at is null then
    perform private.queue_mail('email_changed', old.email, jsonb_build_object('changed_at', now()));
  end if;
  return null;
end
$$;
create trigger follow_credentials after update of encrypted_password, email on auth.users
  for each row when (
    new.encrypted_password is distinct from old.encrypted_password or new.email is distinct from old.email
  )
  execute function private.follow_credentials();

-- Closes what depends on a token that was used. Side effects: the person's sessions in auth.sessions end, the admin's row is
-- completed.
create function private.complete_password_reset(token_id uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  delete from auth.sessions s
  using public.password_reset_tokens t join public.user_profiles p on p.id = t.user_id
  where t.id = token_id and t.used_at is not null and s.user_id = p.user_id;
  update public.admin_password_resets r set status = 'completed', completed_at = now()
  where r.reset_token_id = token_id and r.status = 'pending';
$$;

-- Rate limits shared by all processes. One row per key holds the time at which its bucket will be
-- full again (GCRA), so that a check is one statement. Keys are hashes: no address is stored.
create table private.rate_limits (
  key bytea primary key,
  full_at timestamp with time zone not null
);
create index rate_limits_full_at_idx on private.rate_limits (full_at);
alter table private.rate_limits enable row level security;

-- Takes one from the bucket of `key`, which holds `burst` and gains one every `refill`. `wait` is null if there was one;
-- otherwise how long to wait for the next. `places_left` are in it now, and it is full again after `full_in`. Side effect:
-- the row of `key`.
create function private.take_from_bucket(
  key bytea, burst integer, refill interval, out wait interval, out places_left integer, out full_in interval
)
language plpgsql volatile
set search_path = ''
as $$
declare
  full_again timestamp with time zone;
begin
  insert into private.rate_limits as l (key, full_at) values (take_from_bucket.key, clock_timestamp() + refill)
  on conflict on constraint rate_limits_pkey do update
    -- The time is asked for once the row is ours: whoever had asked before waiting for it would be refused the last place.
    set full_at = greatest(l.full_at, clock_timestamp()) + refill
    where greatest(l.full_at, clock_timestamp()) + refill <= clock_timestamp() + burst * refill
  returning l.full_at into full_again;
  if full_again is null then
    select l.full_at into full_again from private.rate_limits l where l.key = take_from_bucket.key;
    wait := greatest(full_again + refill - burst * refill - clock_timestamp(), interval '1 second');
  end if;
  full_in := greatest(full_again - clock_timestamp(), interval '0');
  places_left := greatest(burst - ceil(extract(epoch from full_in) / extract(epoch from refill)), 0);
end
$$;

-- From which network addresses a person has signed in before, both as hashes. There, failed attempts
-- of strangers don't count against them.
create table private.known_addresses (
  account bytea not null,
  address bytea not null,
  seen_at timestamp with time zone not null default now(),
  primary key (account, address)
);
create index known_addresses_seen_at_idx on private.known_addresses (seen_at);
alter table private.known_addresses enable row level security;
