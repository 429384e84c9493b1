-- Approval, rejection and roles, whoever writes them: the API or an admin's own PostgREST call.

-- What a newly approved person finds among their templates.
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

create function private.check_profile_decision() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  new.role := coalesce(new.role, old.role);
  new.status := coalesce(new.status, old.status);

  if old.role = 'admin' and old.status = 'approved'
    and (new.role <> 'admin' or new.status <> 'approved')
  then
    -- One at a time: of two admins who demote each other at once, the second one sees the first.
    perform pg_advisory_xact_lock(hashtext('private.check_profile_decision'));
    if not exists (
      select from public.user_profiles p
      where p.id <> old.id and p.role = 'admin' and p.status = 'approved'
    ) then
      raise exception using
        errcode = 'PT409',
        message = 'last_admin: The last approved admin can neither be demoted nor rejected.';
    end if;
  end if;

  if new.status is distinct from old.status then
    new.approved_at := case when new.status = 'approved' then now() end;
  end if;
  return new;
end
$$;
create trigger check_profile_decision before update of role, status on public.user_profiles
  for each row execute function private.check_profile_decision();

create function private.carry_out_profile_decision() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  address text := (select u.email from auth.users u where u.id = new.user_id);
begin
  if new.status = 'approved' then
    -- Once: whoever comes back after a rejection finds their own templates.
    insert into public.campaign_templates (user_id, name, message_body, category, is_default)
    select new.id, d.name, d.message_body, d.category, true
    from private.default_templates d
    where not exists (select from public.campaign_templates t where t.user_id = new.id);
    perform private.queue_mail('approval', address, '{}');
  elsif new.status = 'rejected' then
    -- Whoever is signed in is out; the token hook refuses every further sign-in, after the
    -- password was checked. (A ban would tell strangers that the account exists.)
    delete from auth.sessions s where s.user_id = new.user_id;
    perform private.queue_mail('rejection', address, '{}');
  end if;
  return null;
end
$$;
create trigger carry_out_profile_decision after update of status on public.user_profiles
  for each row when (new.status is distinct from old.status)
  execute function private.carry_out_profile_decision();

-- Auth keeps the time of the last sign-in; the profile shows it, whichever way the person came in.
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
