-- Message templates, and the default ones.

-- A user's templates.
--
-- Triggers, both before the write and for each row:
--   own_new_row (insert without user_id): sets user_id to the caller's profile.
--   touch_updated_at (update): sets updated_at.
create table public.campaign_templates (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  name text not null,
  message_body text,
  category text default 'general' check (category in ('general', 'marketing', 'reminders', 'alerts', 'announcements')),
  is_default boolean default false,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now(),
  -- One line that is not blank; the limits are those of `Label` in the crate `domain`.
  constraint campaign_templates_name_check check (char_length(name) <= 200 and name ~ '[^ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]'),
  constraint campaign_templates_name_characters_check check (name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  -- In bytes, as `LONGEST_SOURCE` in the crate `domain`.
  constraint campaign_templates_message_body_check check (octet_length(message_body) <= 8000)
);
create index campaign_templates_user_id_name_idx on public.campaign_templates (user_id, name);

create trigger own_new_row before insert on public.campaign_templates
  for each row when (new.user_id is null) execute function private.own_new_row();
create trigger touch_updated_at before update on public.campaign_templates
  for each row when (new.updated_at is not distinct from old.updated_at or current_setting('role') = 'authenticated')
  execute function private.touch_updated_at();

-- The owner's, and every admin's. Grants leave out the columns that only the database writes.
alter table public.campaign_templates enable row level security;
create policy read_own_templates on public.campaign_templates for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy insert_own_templates on public.campaign_templates for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_templates on public.campaign_templates for update to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()))
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_templates on public.campaign_templates for delete to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
grant select, delete on public.campaign_templates to authenticated;
grant insert (id, user_id, name, message_body, category, is_default) on public.campaign_templates to authenticated;
grant update (id, user_id, name, message_body, category, is_default, updated_at) on public.campaign_templates to authenticated;
grant select, insert, update, delete on public.campaign_templates to service_role;

-- The templates that a user gets when first approved.
create table private.default_templates (
  name text primary key,
  message_body text not null,
  category text not null
);
alter table private.default_templates enable row level security;
insert into private.default_templates (name, message_body, category) values
  ('Welcome', 'Hi {{ first_name | default("there") }}, welcome! We will text you news and offers now and then. Reply STOP to opt out.', 'general'),
  ('Special offer', 'Hi {{ first_name | default("there") }}, this week only: 20% off everything. Show this text in store. Reply STOP to opt out.', 'marketing'),
  ('Appointment reminder', 'Hi {{ first_name | default("there") }}, a reminder of your appointment tomorrow. Call us if you need to change it. Reply STOP to opt out.', 'reminders'),
  ('Service alert', 'Hi {{ first_name | default("there") }}, we are closed today because of the weather. We are sorry for the trouble. Reply STOP to opt out.', 'alerts'),
  ('Announcement', 'Hi {{ first_name | default("there") }}, we have news: our new location opens this month. Come and see us! Reply STOP to opt out.', 'announcements');
