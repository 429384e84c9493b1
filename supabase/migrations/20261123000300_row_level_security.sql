-- Who reaches which rows. A person's rows hang on user_profiles(id); both helpers take no
-- argument and stand in a sub-select, so that a query asks each of them once, not once a row.

-- The caller's profile when it is approved; null for everybody else, who then owns nothing.
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
grant execute on function private.my_profile_id(), private.is_admin() to authenticated, service_role;

-- A row that names no owner belongs to whoever writes it, so that the frontend need not know its profile's id.
create function private.own_new_row() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.user_id := private.my_profile_id();
  return new;
end
$$;
create trigger own_new_row before insert on public.customers
  for each row when (new.user_id is null) execute function private.own_new_row();
create trigger own_new_row before insert on public.campaigns
  for each row when (new.user_id is null) execute function private.own_new_row();
create trigger own_new_row before insert on public.campaign_templates
  for each row when (new.user_id is null) execute function private.own_new_row();

alter table public.user_profiles enable row level security;
alter table public.customers enable row level security;
alter table public.campaigns enable row level security;
alter table public.campaign_messages enable row level security;
alter table public.campaign_templates enable row level security;
alter table public.invite_codes enable row level security;
alter table public.password_reset_tokens enable row level security;
alter table public.admin_password_resets enable row level security;

-- Profiles: everybody reads their own, whatever its status; admins read all. Role and status are
-- changed by admins only, and never their own.
create policy read_own_profile on public.user_profiles for select to authenticated
  using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy admins_decide_on_others on public.user_profiles for update to authenticated
  using ((select private.is_admin()) and user_id is distinct from (select auth.uid()))
  with check ((select private.is_admin()) and user_id is distinct from (select auth.uid()));

-- Customers, campaigns, templates: the owner's, and every admin's.
create policy read_own_customers on public.customers for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy insert_own_customers on public.customers for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_customers on public.customers for update to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()))
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_customers on public.customers for delete to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));

create policy read_own_campaigns on public.campaigns for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy insert_own_campaigns on public.campaigns for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_campaigns on public.campaigns for update to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()))
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_campaigns on public.campaigns for delete to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));

create policy read_own_templates on public.campaign_templates for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy insert_own_templates on public.campaign_templates for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_templates on public.campaign_templates for update to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()))
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_templates on public.campaign_templates for delete to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));

-- Messages are written by the send worker and the callbacks alone; their owner reads them.
create policy read_own_campaign_messages on public.campaign_messages for select to authenticated
  using (
    campaign_id in (select c.id from public.campaigns c where c.user_id = (select private.my_profile_id()))
    or (select private.is_admin())
  );

-- Invitations and resets: admins read; all writing goes through the functions and services that check it.
create policy admins_read_invite_codes on public.invite_codes for select to authenticated
  using ((select private.is_admin()));
create policy admins_read_password_reset_tokens on public.password_reset_tokens for select to authenticated
  using ((select private.is_admin()));
create policy admins_read_admin_password_resets on public.admin_password_resets for select to authenticated
  using ((select private.is_admin()));

-- Grants. A new table has none; anonymous people get none at all. Where columns are listed,
-- the others are never theirs to write: ownership after the fact, counters, delivery.
revoke all on all tables in schema public from anon, authenticated, service_role;

grant select on public.user_profiles to authenticated;
grant update (role, status) on public.user_profiles to authenticated;

grant select, delete on public.customers to authenticated;
grant insert (id, user_id, phone, first_name, last_name, email, state, status) on public.customers to authenticated;
grant update (id, user_id, phone, first_name, last_name, email, state, status) on public.customers to authenticated;

grant select, delete on public.campaigns to authenticated;
grant insert (id, user_id, name, message_body, status, scheduled_at) on public.campaigns to authenticated;
grant update (name, message_body, status, scheduled_at) on public.campaigns to authenticated;

grant select, delete on public.campaign_templates to authenticated;
grant insert (id, user_id, name, message_body, category, is_default) on public.campaign_templates to authenticated;
grant update (id, user_id, name, message_body, category, is_default) on public.campaign_templates to authenticated;

grant select on public.campaign_messages to authenticated;
grant select on public.invite_codes to authenticated;
-- Not `token`: even its hash is nobody's business.
grant select (id, user_id, email, expires_at, created_at, used_at, is_used, created_by, reset_type, notes)
  on public.password_reset_tokens to authenticated;
grant select on public.admin_password_resets to authenticated;

grant select, insert, update, delete on
  public.user_profiles, public.customers, public.campaigns, public.campaign_messages,
  public.campaign_templates, public.invite_codes, public.password_reset_tokens, public.admin_password_resets
  to service_role;

-- The frontend subscribes to these.
do $$
declare
  live text;
begin
  foreach live in array array['customers', 'campaigns', 'campaign_messages'] loop
    if exists (select from pg_publication where pubname = 'supabase_realtime')
      and not exists (
        select from pg_publication_tables
        where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = live
      )
    then
      execute format('alter publication supabase_realtime add table public.%I', live);
    end if;
  end loop;
end
$$;
