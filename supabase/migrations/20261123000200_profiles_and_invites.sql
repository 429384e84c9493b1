-- Users, who may see whose rows, and who may sign up.
--
-- Signing up needs an invitation. Auth first calls the hook `before_user_created`, which refuses with
-- a readable message. The trigger on auth.users then creates the profile and uses the
-- invitation up in the transaction that creates the user, so that neither exists without the other.
-- Users that an operator creates through Auth's admin API have no invitation, and like everybody
-- else wait until an admin approves them.

-- One row for each user of Auth. All other tables name this `id` as their owner, not Auth's.
--
-- Triggers:
--   touch_updated_at (before update): sets updated_at.
--   follow_account (after insert, delete; defined with the phone refusals): makes and drops the account's counter.
--   Defined with the approval:
--     check_profile_decision (before update of role, status; fires before touch_updated_at): sets approved_at;
--       refuses to demote or reject the last approved admin.
--     carry_out_profile_decision (after update, when status changes): on approval inserts the default templates
--       into campaign_templates, on rejection deletes the person's auth.sessions; both queue a mail in private.mails.
-- Triggers on auth.users, all of them after the write:
--   create_profile (insert): inserts into user_profiles and invite_redemptions; refuses an invalid invitation.
--   keep_last_login (update of last_sign_in_at): updates user_profiles.last_login_at.
--   follow_credentials (update of password or e-mail; defined with the password resets): updates
--     password_reset_tokens, admin_password_resets and private.mails.
create table public.user_profiles (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id) on delete cascade,
  role text default 'user' check (role in ('admin', 'user')),
  status text default 'pending' check (status in ('pending', 'approved', 'rejected')),
  invited_by uuid references public.user_profiles (id),
  invite_code text unique,
  invited_at timestamp with time zone,
  approved_at timestamp with time zone,
  last_login_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);
create unique index user_profiles_user_id_key on public.user_profiles (user_id);
create index user_profiles_invited_by_idx on public.user_profiles (invited_by) where invited_by is not null;

create trigger touch_updated_at before update on public.user_profiles
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();

-- Who the caller is. Policies call these in a sub-select, so that a query asks once and not for
-- every row.

-- The caller's profile if it is approved. Null for everybody else, who then owns nothing.
create function private.my_profile_id() returns uuid
language sql stable security definer
set search_path = ''
as $$
  select p.id from public.user_profiles p where p.user_id = auth.uid() and p.status = 'approved'
$$;

create function private.is_admin() returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.user_profiles p
    where p.user_id = auth.uid() and p.status = 'approved' and p.role = 'admin'
  )
$$;

-- The profiles whose rows the caller may see: their own, for an admin everybody's, before approval
-- none. An array, because Postgres looks `user_id = any (…)` up in an index, and `… or is_admin()` not.
create function private.owners_i_see() returns uuid[]
language sql stable security definer
set search_path = ''
as $$
  select case
    when private.is_admin() then array(select p.id from public.user_profiles p)
    else array(select p.id from public.user_profiles p where p.id = private.my_profile_id())
  end
$$;
grant execute on function private.my_profile_id(), private.is_admin(), private.owners_i_see()
  to authenticated, service_role;

-- The function of every trigger `own_new_row`: a new row that names no owner belongs to the caller,
-- so that the frontend need not know its profile's id.
create function private.own_new_row() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.user_id := private.my_profile_id();
  return new;
end
$$;

-- Everybody reads their own profile, whatever its status; admins read all. Only admins change a
-- role or a status, and never their own.
alter table public.user_profiles enable row level security;
create policy read_own_profile on public.user_profiles for select to authenticated
  using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy admins_decide_on_others on public.user_profiles for update to authenticated
  using ((select private.is_admin()) and user_id is distinct from (select auth.uid()))
  with check ((select private.is_admin()) and user_id is distinct from (select auth.uid()));
grant select on public.user_profiles to authenticated;
grant update (role, status) on public.user_profiles to authenticated;
grant select, insert, update, delete on public.user_profiles to service_role;

-- Normalizes a code for comparison. Codes are read aloud and typed, so case, dashes and spaces don't
-- count, and the letters O, I and L count as the digits that they look like.
create function private.plain_invite_code(code text) returns text
language sql immutable parallel safe strict
set search_path = ''
as $$
  select translate(upper(regexp_replace(code, '[^A-Za-z0-9]', '', 'g')), 'OIL', '011')
$$;
grant execute on function private.plain_invite_code(text) to authenticated, service_role, supabase_auth_admin;

-- Invitations. No triggers. Admins read them; our services write them after their own checks.
create table public.invite_codes (
  id uuid primary key default gen_random_uuid(),
  code text unique not null,
  created_by uuid references public.user_profiles (id),
  expires_at timestamp with time zone,
  max_uses integer default 1 check (max_uses > 0),
  email text,
  notes text,
  created_at timestamp with time zone default now(),
  revoked_at timestamp with time zone
);
comment on column public.invite_codes.max_uses is 'null: unlimited';
create index invite_codes_created_by_idx on public.invite_codes (created_by);
create unique index invite_codes_plain_code_key on public.invite_codes (private.plain_invite_code(code));

alter table public.invite_codes enable row level security;
create policy admins_read_invite_codes on public.invite_codes for select to authenticated
  using ((select private.is_admin()));
grant select on public.invite_codes to authenticated;
grant select, insert, update, delete on public.invite_codes to service_role;

-- Who used which invitation, and when. No triggers.
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

-- Why `code` is refused for `address`, as one of the stable codes below; null if it is valid.
-- Volatile, because after waiting for a row lock it must see what was committed meanwhile.
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

-- The message of a refusal: the stable code, a colon, then a sentence for the user.
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

-- Auth's hook before a sign-up (config.toml names it). Changes nothing.
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
grant execute on function private.before_user_created(jsonb) to supabase_auth_admin;

-- Creates the profile of a new user. Side effects: a row in user_profiles and, with an invitation,
-- one in invite_redemptions. Raises PT403 for an invalid invitation; the user is then not created.
-- Reads only the code from the user's metadata, never a role or a status.
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

  -- Simultaneous sign-ups with one code wait here for one another, and then each counts the uses again.
  select * into invite from public.invite_codes i
  where private.plain_invite_code(i.code) = private.plain_invite_code(given)
  for update;
  refusal := private.invite_refusal(given, new.email);
  if refusal is not null then
    raise exception using errcode = 'PT403', message = private.invite_refusal_text(refusal);
  end if;

  -- user_profiles.invite_code is unique, so it holds only codes for a single use; invite_redemptions has all.
  insert into public.user_profiles (user_id, invited_by, invite_code, invited_at)
  values (new.id, invite.created_by, case when invite.max_uses = 1 then invite.code end, invite.created_at)
  returning id into profile;
  insert into public.invite_redemptions (invite_code_id, profile_id) values (invite.id, profile);
  return null;
end
$$;
create trigger create_profile after insert on auth.users
  for each row execute function private.create_profile();

-- Copies the time of the last sign-in from Auth to the profile, however the person signed in.
create function private.keep_last_login() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update public.user_profiles p set last_login_at = new.last_sign_in_at where p.user_id = new.id;
  return null;
end
$$;
create trigger keep_last_login after update of last_sign_in_at on auth.users
  for each row when (new.last_sign_in_at is distinct from old.last_sign_in_at)
  execute function private.keep_last_login();

-- Auth's hook before it signs a token (config.toml names it). Adds role, status and profile to the
-- claims, for the frontend to read; policies read the table, so an outdated claim opens nothing.
-- A rejected person gets no token.
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
grant execute on function private.custom_access_token(jsonb) to supabase_auth_admin;
