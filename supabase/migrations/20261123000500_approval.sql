-- What happens when a user is approved or rejected or their role changes, whoever writes it:
-- the API, or an admin's own call to PostgREST. The triggers are on user_profiles.

-- Before the update: sets approved_at, takes null for "unchanged". Raises PT409 `last_admin` if no
-- approved admin would be left, and `email_not_confirmed` for an approval of somebody who has not shown
-- that the address is theirs. (Auth signs in nobody without an audience: such rows have no address.)
create function private.check_profile_decision() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  new.role := coalesce(new.role, old.role);
  new.status := coalesce(new.status, old.status);

  -- Who is deleted in Auth is gone, whatever we say.
  if new.deleted_at is null and old.role = 'admin' and old.status = 'approved'
    and (new.role <> 'admin' or new.status <> 'approved')
  then
    -- One at a time: if two admins demote each other at once, the second one sees the first.
    perform pg_advisory_xact_lock(hashtext('private.check_profile_decision'));
    if not exists (
      select from public.user_profiles p
      where p.id <> old.id and p.role = 'admin' and p.status = 'approved'
    ) then
      raise exception using
        errcode = 'PT409',
        message = 'last_admin',
        detail = 'The last approved admin can neither be demoted nor rejected.';
    end if;
  end if;

  if new.status = 'approved' and old.status is distinct from 'approved' and exists (
    select from auth.users u
    where u.id = new.user_id and u.aud = 'authenticated' and u.email_confirmed_at is null
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'email_not_confirmed',
      detail = 'This person has not confirmed the e-mail address yet.';
  end if;

  if new.status is distinct from old.status then
    new.approved_at := case when new.status = 'approved' then now() end;
  end if;
  return new;
end
$$;
create trigger check_profile_decision before update of role, status on public.user_profiles
  for each row execute function private.check_profile_decision();

-- Gives an account the default templates, if it has none: who is approved again after a rejection still has their own. Side
-- effect: rows of campaign_templates.
create function private.add_default_templates(account uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.campaign_templates (user_id, name, message_body, category, is_default)
  select account, d.name, d.message_body, d.category, true
  from private.default_templates d
  where not exists (select from public.campaign_templates t where t.user_id = account)
$$;

-- For a profile that is approved from the start, which only services write.
create function private.give_templates() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.add_default_templates(new.id);
  return null;
end
$$;
create trigger give_templates after insert on public.user_profiles
  for each row when (new.status = 'approved') execute function private.give_templates();

-- After a change of status. Side effects: an approved person gets the default templates and a mail;
-- a rejected one is signed out everywhere and gets a mail.
create function private.carry_out_profile_decision() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  address text := (select u.email from auth.users u where u.id = new.user_id);
begin
  if new.status = 'approved' then
    perform private.add_default_templates(new.id);
    perform private.queue_mail('approval', address, '{}');
  elsif new.status = 'rejected' then
    -- Ends the sessions. The token hook refuses every later sign-in, after Auth has checked the
    -- password. (Banning the user in Auth would tell strangers that the account exists.)
    delete from auth.sessions s where s.user_id = new.user_id;
    if new.deleted_at is null then
      perform private.queue_mail('rejection', address, '{}');
    end if;
  end if;
  return null;
end
$$;
create trigger carry_out_profile_decision after update of status on public.user_profiles
  for each row when (new.status is distinct from old.status)
  execute function private.carry_out_profile_decision();
