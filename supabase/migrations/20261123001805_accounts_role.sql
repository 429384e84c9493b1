-- What the process `accounts` may do: see 20261123001800_process_roles.sql. It reaches nothing of Auth's but through the two
-- views, which read as their owner, and neither customers nor campaigns, which it only counts.

-- What it asks of Auth's people. `password_mark` changes with the password and says nothing of it.
create view private.auth_accounts as
select u.id, u.email, u.created_at, md5(u.encrypted_password) as password_mark,
  -- Whether Auth would compare a password with theirs.
  u.aud = 'authenticated' and u.encrypted_password <> '' and u.deleted_at is null and coalesce(u.banned_until < now(), true)
    as has_password
from auth.users u;

-- People as admins see them, with what they own.
create view private.users as
select p.id, p.user_id, u.email, p.role, p.status, p.invited_by, p.invite_code, p.invited_at, p.approved_at, p.last_login_at,
  p.created_at, p.updated_at,
  (select count(*) from public.customers c where c.user_id = p.id) as customer_count,
  (select count(*) from public.campaigns c where c.user_id = p.id and c.test_of is null and c.reply_to is null) as campaign_count
from public.user_profiles p
left join auth.users u on u.id = p.user_id
where u.deleted_at is null and p.deleted_at is null;
grant select on private.auth_accounts, private.users to dnwerks_accounts;

-- Deletes the profile of an account that no person can have: see services/accounts/src/decoy.rs. Side effect: see there;
-- addresses below `dnwerks.invalid` receive no mail, so that nobody has confirmed one.
create function private.remove_profile_of_decoy(address text) returns void
language sql volatile security definer
set search_path = ''
as $$
  delete from public.user_profiles p using auth.users u
  where u.id = p.user_id and u.email = lower(address) and u.email like '%@dnwerks.invalid'
$$;

grant select (id, user_id, role, status), update (role, status) on public.user_profiles to dnwerks_accounts;
grant select, insert (code, created_by, expires_at, max_uses, email, notes), update (expires_at)
  on public.invite_codes to dnwerks_accounts;
grant select (invite_code_id) on public.invite_redemptions to dnwerks_accounts;
grant select (id, token, user_id, email, expires_at, used_at, is_used), update (used_at, is_used)
  on public.password_reset_tokens to dnwerks_accounts;
grant select, update (status, completed_at) on public.admin_password_resets to dnwerks_accounts;
-- Whoever takes the next one locks it, which is an update to Postgres.
grant select, insert (email), update (email), delete on private.password_reset_requests to dnwerks_accounts;
grant select, insert, update, delete on private.rate_limits, private.known_addresses to dnwerks_accounts;
grant execute on function
  private.clock(),
  private.complete_password_reset(uuid),
  private.invite_mail_state(uuid),
  private.invite_refusal(text, text),
  private.invite_refusal_text(text),
  private.lacks_second_factor(text),
  private.lift_mail_suppression(text, text, uuid),
  private.limits_of(uuid, timestamp with time zone),
  private.mail_invite(uuid),
  private.open_password_reset(uuid, text, text, interval, uuid, text),
  private.plain_invite_code(text),
  private.remove_profile_of_decoy(text),
  private.revoke_invite(uuid),
  private.session_is_live(uuid, uuid),
  private.take_from_bucket(bytea, integer, interval),
  private.used_today(uuid, timestamp with time zone),
  private.uuid_v7(),
  public.list_mail_suppressions(text, integer, integer)
  to dnwerks_accounts;

do $$
declare
  place regclass;
begin
  foreach place in array array[
    'public.user_profiles', 'public.invite_codes', 'public.invite_redemptions', 'public.password_reset_tokens',
    'public.admin_password_resets', 'private.password_reset_requests', 'private.rate_limits', 'private.known_addresses'
  ]::regclass[] loop
    execute format('create policy accounts_works on %s to dnwerks_accounts using (true) with check (true)', place);
  end loop;
end
$$;
