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
--     give_templates (after insert of an approved one): inserts the default templates.
--   Defined with the deletions:
--     A_clear_references (after delete): sets to null what other people's rows say of the person, and keeps a row in
--       private.cleared_references for each.
-- Triggers on auth.users, all of them after the write:
--   create_profile (insert): inserts into user_profiles and invite_redemptions; refuses an invalid invitation.
--   keep_last_login (update of last_sign_in_at): updates user_profiles.last_login_at.
--   follow_credentials (update of password or e-mail; defined with the password resets): updates
--     password_reset_tokens, admin_password_resets and private.mails.
--   follow_deletion (update of deleted_at; defined with the deletions): updates user_profiles.
create table public.user_profiles (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id) on delete cascade,
  role text default 'user' check (role in ('admin', 'user')),
  status text default 'pending' check (status in ('pending', 'approved', 'rejected')),
  invited_by uuid references public.user_profiles (id),
  invite_code text unique constraint user_profiles_invite_code_check check (char_length(invite_code) <= 64),
  invited_at timestamp with time zone,
  approved_at timestamp with time zone,
  last_login_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now(),
  deleted_at timestamp with time zone
);
comment on column public.user_profiles.deleted_at is
  'when the person was deleted in Auth in such a way that their rows stay (a soft delete); nobody sees them any more';
-- Partial, so that no foreign key could refer to it: the column is no key then, and whoever deletes a person does not wait for
-- an import, which holds their profile's key for minutes.
create unique index user_profiles_user_id_key on public.user_profiles (user_id) where user_id is not null;
create index user_profiles_invited_by_idx on public.user_profiles (invited_by) where invited_by is not null;

create trigger touch_updated_at before update on public.user_profiles
  for each row when (new.updated_at is not distinct from old.updated_at or current_setting('role') = 'authenticated')
  execute function private.touch_updated_at();

-- How people must sign in; one row, written by `dnwerks admin second-factor`. No triggers.
create table private.sign_in_rules (
  only_row boolean primary key default true check (only_row),
  admins_need_second_factor boolean not null default false
);
insert into private.sign_in_rules default values;
alter table private.sign_in_rules enable row level security;
grant select, update on private.sign_in_rules to service_role;

-- Whether a person's token still stands. Tokens outlive what ended them by up to an hour: a sign-out or a new password
-- (Auth deletes the session), a ban, a deletion. A token without a session is made with the project's secret, not by a sign-in.
create function private.session_is_live(user_id uuid, session_id uuid) returns boolean
-- Called by every request: an SQL function would be planned anew each time.
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return exists (
    select from auth.users u
    where u.id = session_is_live.user_id and u.deleted_at is null
      and (u.banned_until is null or u.banned_until <= now())
  ) and (session_id is null or exists (
    select from auth.sessions s
    where s.id = session_is_live.session_id and s.user_id = session_is_live.user_id
      and (s.not_after is null or s.not_after > now())
  ));
end
$$;

-- Who the caller is. Policies call these in a sub-select, so that a query asks once and not for
-- every row.

-- The caller in Auth. Null without a sign-in, and once the session has ended.
create function private.signed_in_user() returns uuid
language sql stable security definer
set search_path = ''
as $$
  select auth.uid() where private.session_is_live(auth.uid(), nullif(auth.jwt() ->> 'session_id', '')::uuid)
$$;

-- The caller's profile if it is approved. Null for everybody else, who then owns nothing.
create function private.my_profile_id() returns uuid
language sql stable security definer
set search_path = ''
as $$
  select p.id from public.user_profiles p where p.user_id = private.signed_in_user() and p.status = 'approved'
$$;

-- Whether an admin with this assurance of their sign-in (`aal1`, `aal2`) has to show a second factor first.
create function private.lacks_second_factor(assurance text) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select r.admins_need_second_factor and assurance is distinct from 'aal2' from private.sign_in_rules r
$$;

create function private.is_admin() returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.user_profiles p
    where p.user_id = private.signed_in_user() and p.status = 'approved' and p.role = 'admin'
  ) and not private.lacks_second_factor(auth.jwt() ->> 'aal')
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
grant execute on function private.my_profile_id(), private.is_admin(), private.owners_i_see(), private.signed_in_user(),
  private.session_is_live(uuid, uuid), private.lacks_second_factor(text)
  to authenticated, service_role;

-- What the API asks about the caller before everything else. An RPC for our services; a frontend may use it too. Always one row.
create function public.who_am_i(
  out profile_id uuid, out role text, out status text, out session_is_live boolean, out lacks_second_factor boolean
)
language sql stable security invoker
set search_path = ''
as $$
  select p.id, p.role, p.status, private.signed_in_user() is not null, private.lacks_second_factor(auth.jwt() ->> 'aal')
  from (select) one left join public.user_profiles p on p.user_id = auth.uid()
$$;
grant execute on function public.who_am_i() to authenticated;

-- Before every request to PostgREST: a person whose session has ended gets 401 instead of an empty list, which would look like
-- lost data. The policies hold without it.
create function private.check_request() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  -- Apart, because strangers may not even name what is asked next.
  if current_user <> 'authenticated' then
    return;
  end if;
  if auth.uid() is not null and private.signed_in_user() is null then
    raise exception using errcode = 'PT401', message = 'session_ended', detail = 'This session has ended: sign in again.';
  end if;
end
$$;
grant usage on schema private to anon;
grant execute on function private.check_request() to anon, authenticated, service_role;
do $$
begin
  alter role authenticator set pgrst.db_pre_request = 'private.check_request';
  notify pgrst, 'reload config';
exception when insufficient_privilege or undefined_object then
  raise notice 'PostgREST was not told of private.check_request: ended sessions see empty lists instead of an error';
end
$$;

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

-- Everybody reads their own profile, whatever its status; admins read all, but for those who are deleted. Only admins
-- change a role or a status, and never their own.
alter table public.user_profiles enable row level security;
create policy read_own_profile on public.user_profiles for select to authenticated
  using (deleted_at is null and (user_id = (select private.signed_in_user()) or (select private.is_admin())));
create policy admins_decide_on_others on public.user_profiles for update to authenticated
  using (deleted_at is null and (select private.is_admin()) and user_id is distinct from (select auth.uid()))
  with check ((select private.is_admin()) and user_id is distinct from (select auth.uid()));
grant select on public.user_profiles to authenticated;
grant update (role, status, updated_at) on public.user_profiles to authenticated;
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

-- How long an invitation is valid that names no end. One row; only operators write it. No triggers.
create table private.invite_rules (
  only_row boolean primary key default true check (only_row),
  valid_for interval default '14 days' check (valid_for > '0')
);
comment on column private.invite_rules.valid_for is 'null: for ever, until it is used up or revoked';
insert into private.invite_rules default values;
alter table private.invite_rules enable row level security;
grant select, update on private.invite_rules to service_role;

-- Invitations. Admins read them; our services write them after their own checks.
--
-- Triggers: expire_invite (before insert, each row without expires_at): sets it by private.invite_rules. A column's default
-- would not do: PostgREST and the API write null where nobody has said anything. Whoever means "never" sets null afterwards.
create table public.invite_codes (
  id uuid primary key default gen_random_uuid(),
  code text unique not null constraint invite_codes_code_check check (char_length(code) <= 64),
  created_by uuid references public.user_profiles (id),
  expires_at timestamp with time zone,
  max_uses integer default 1 check (max_uses > 0),
  email text constraint invite_codes_email_check check (char_length(email) <= 254),
  notes text constraint invite_codes_notes_check check (char_length(notes) <= 1000),
  created_at timestamp with time zone default now(),
  revoked_at timestamp with time zone
);
comment on column public.invite_codes.max_uses is 'null: unlimited';
create index invite_codes_created_by_idx on public.invite_codes (created_by);
create unique index invite_codes_plain_code_key on public.invite_codes (private.plain_invite_code(code));

create function private.expire_invite() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  new.expires_at := now() + (select r.valid_for from private.invite_rules r);
  return new;
end
$$;
create trigger expire_invite before insert on public.invite_codes
  for each row when (new.expires_at is null) execute function private.expire_invite();

alter table public.invite_codes enable row level security;
create policy admins_read_invite_codes on public.invite_codes for select to authenticated
  using ((select private.is_admin()));
grant select on public.invite_codes to authenticated;
grant select, insert, update, delete on public.invite_codes to service_role;

-- Who used which invitation, and when.
--
-- Triggers: mail_registration (after insert, each row; defined with the registration mails): queues a mail for each admin.
-- `profile_id` is a profile, without a foreign key: who was let in and is deleted has used the invitation all the same.
create table public.invite_redemptions (
  id uuid primary key default private.uuid_v7(),
  invite_code_id uuid not null references public.invite_codes (id) on delete cascade,
  profile_id uuid not null unique,
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

-- Auth's hook before a sign-up (config.toml names it). Changes nothing. Refuses a sign-up without a valid
-- invitation, and metadata of more than 4096 bytes: every access token carries it.
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
  if refusal is not null then
    return jsonb_build_object(
      'error',
      jsonb_build_object('http_code', 403, 'message', private.invite_refusal_text(refusal))
    );
  end if;
  if octet_length(event #>> '{user,user_metadata}') > 4096 then
    return jsonb_build_object(
      'error',
      jsonb_build_object('http_code', 422, 'message', 'account_metadata_too_long: The metadata is too long.')
    );
  end if;
  return '{}'::jsonb;
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
-- A rejected person gets no token. Metadata that is no object, or that people have made so long that no
-- header would hold the token, is left out of it: it locks nobody out.
create function private.custom_access_token(event jsonb) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  profile public.user_profiles;
  claims jsonb := event -> 'claims';
  metadata jsonb := claims -> 'user_metadata';
begin
  if jsonb_typeof(metadata) <> 'object' or octet_length(metadata::text) > 4096 then
    claims := claims || '{"user_metadata": {}}';
  end if;
  select * into profile from public.user_profiles p where p.user_id = (event ->> 'user_id')::uuid;
  if profile.status = 'rejected' then
    return jsonb_build_object(
      'error',
      jsonb_build_object('http_code', 403, 'message', 'account_rejected: This account has been rejected.')
    );
  end if;
  return jsonb_build_object(
    'claims',
    claims || jsonb_build_object(
      'user_role', profile.role,
      'user_status', profile.status,
      'profile_id', profile.id
    )
  );
end
$$;
grant execute on function private.custom_access_token(jsonb) to supabase_auth_admin;
