-- Only invited people get in. Auth asks `before_user_created` first, which refuses politely; the
-- trigger on auth.users then creates the profile and redeems the invitation in the transaction
-- that creates the user, so that neither exists without the other. Users that an operator makes
-- through Auth's admin API bring no invitation and wait for approval like everybody else.

alter table public.invite_codes
  add column revoked_at timestamp with time zone,
  add constraint invite_codes_max_uses_check check (max_uses > 0);
comment on column public.invite_codes.max_uses is 'null: as many as come';

-- Codes are read aloud and typed again: case, dashes and spaces don't count, and the letters
-- O, I, L stand for the digits they look like.
create function private.plain_invite_code(code text) returns text
language sql immutable parallel safe strict
set search_path = ''
as $$
  select translate(upper(regexp_replace(code, '[^A-Za-z0-9]', '', 'g')), 'OIL', '011')
$$;
grant execute on function private.plain_invite_code(text) to authenticated, service_role, supabase_auth_admin;
create unique index invite_codes_plain_code_key on public.invite_codes (private.plain_invite_code(code));

-- Who used which invitation, and when.
create table public.invite_redemptions (
  id uuid primary key default private.uuid_v7(),
  invite_code_id uuid not null references public.invite_codes (id) on delete cascade,
  profile_id uuid not null unique references public.user_profiles (id) on delete cascade,
  redeemed_at timestamp with time zone not null default now()
);
create index invite_redemptions_invite_code_id_idx on public.invite_redemptions (invite_code_id);
alter table public.invite_redemptions enable row level security;
create policy admins_read_invite_redemptions on public.invite_redemptions for select to authenticated
  using ((select private.is_admin()));
grant select on public.invite_redemptions to authenticated;
grant select, insert, update, delete on public.invite_redemptions to service_role;

-- Why `code` does not let `address` in, as one of the stable codes below; null when it does.
-- Volatile: behind a row lock it has to see what was committed while it waited.
create function private.invite_refusal(code text, address text) returns text
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  invite public.invite_codes;
  uses bigint;
begin
  if coalesce(private.plain_invite_code(invite_refusal.code), '') = '' then
    return 'invite_required';
  end if;
  select * into invite from public.invite_codes i
  where private.plain_invite_code(i.code) = private.plain_invite_code(invite_refusal.code);
  if not found then
    return 'invite_unknown';
  end if;
  if invite.revoked_at is not null then
    return 'invite_revoked';
  end if;
  if invite.expires_at <= clock_timestamp() then
    return 'invite_expired';
  end if;
  if lower(invite.email) <> lower(coalesce(address, '')) then
    return 'invite_for_another_email';
  end if;
  select count(*) into uses from public.invite_redemptions r where r.invite_code_id = invite.id;
  if uses >= invite.max_uses then
    return 'invite_exhausted';
  end if;
  return null;
end
$$;

create function private.invite_refusal_text(refusal text) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select refusal || ': ' || case refusal
    when 'invite_required' then 'Registration needs an invitation code.'
    when 'invite_unknown' then 'This invitation code does not exist.'
    when 'invite_revoked' then 'This invitation has been withdrawn.'
    when 'invite_expired' then 'This invitation has expired.'
    when 'invite_for_another_email' then 'This invitation is for another e-mail address.'
    when 'invite_exhausted' then 'This invitation has been used up.'
  end
$$;
grant execute on function private.invite_refusal(text, text), private.invite_refusal_text(text)
  to service_role, supabase_auth_admin;

-- Auth's hook before a sign-up. The message starts with the stable code, up to the colon.
create function private.before_user_created(event jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  refusal text := private.invite_refusal(
    event #>> '{user,user_metadata,invite_code}',
    event #>> '{user,email}'
  );
begin
  if refusal is null then
    return '{}'::jsonb;
  end if;
  return jsonb_build_object(
    'error',
    jsonb_build_object('http_code', 403, 'message', private.invite_refusal_text(refusal))
  );
end
$$;
revoke all on function private.before_user_created(jsonb) from public, anon, authenticated;
grant execute on function private.before_user_created(jsonb) to supabase_auth_admin;

-- Of the metadata only the code is looked at: role and status are never taken from there.
create function private.create_profile() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  given text := new.raw_user_meta_data ->> 'invite_code';
  invite public.invite_codes;
  refusal text;
  profile uuid;
begin
  if coalesce(private.plain_invite_code(given), '') = '' then
    insert into public.user_profiles (user_id) values (new.id);
    return null;
  end if;

  -- The lock makes simultaneous sign-ups with one code queue up here, and then count anew.
  select * into invite from public.invite_codes i
  where private.plain_invite_code(i.code) = private.plain_invite_code(given)
  for update;
  refusal := private.invite_refusal(given, new.email);
  if refusal is not null then
    raise exception using errcode = 'PT403', message = private.invite_refusal_text(refusal);
  end if;

  -- The column is unique, so only a code for one person can stand in it; the redemption always tells.
  insert into public.user_profiles (user_id, invited_by, invite_code, invited_at)
  values (new.id, invite.created_by, case when invite.max_uses = 1 then invite.code end, invite.created_at)
  returning id into profile;
  insert into public.invite_redemptions (invite_code_id, profile_id) values (invite.id, profile);
  return null;
end
$$;
create trigger create_profile after insert on auth.users
  for each row execute function private.create_profile();

-- Auth's hook before a token is signed: the frontend reads role and status from the claims.
-- Policies ask the table, so a stale claim opens nothing. A rejected person gets no token.
create function private.custom_access_token(event jsonb) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  profile public.user_profiles;
begin
  select * into profile from public.user_profiles p where p.user_id = (event ->> 'user_id')::uuid;
  if profile.status = 'rejected' then
    return jsonb_build_object(
      'error',
      jsonb_build_object('http_code', 403, 'message', 'account_rejected: This account has been rejected.')
    );
  end if;
  return jsonb_build_object(
    'claims',
    (event -> 'claims') || jsonb_build_object(
      'user_role', profile.role,
      'user_status', profile.status,
      'profile_id', profile.id
    )
  );
end
$$;
revoke all on function private.custom_access_token(jsonb) from public, anon, authenticated;
grant execute on function private.custom_access_token(jsonb) to supabase_auth_admin;
