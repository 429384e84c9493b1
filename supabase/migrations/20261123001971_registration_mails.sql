-- Admins hear of everybody who registers with an invitation, by whatever door: somebody waits for their decision.

-- Queues a mail for each admin. Bounded, so that an invitation with many uses floods nobody: of more than twenty admins those
-- who signed in last, and each of them at most twenty times an hour; the list of users shows the rest. Side effect: rows in
-- private.mails.
create function private.mail_registration() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  most_admins constant integer := 20;
  most_an_hour constant integer := 20;
  -- Ids ascend with time.
  first_id constant uuid := (
    lpad(to_hex((extract(epoch from now() - interval '1 hour') * 1000)::bigint), 12, '0') || '00000000000000000000'
  )::uuid;
  contents jsonb;
begin
  select jsonb_build_object('email', u.email, 'at', new.redeemed_at) into contents
  from public.user_profiles p join auth.users u on u.id = p.user_id
  where p.id = new.profile_id and p.status = 'pending';
  if not found then
    return null;
  end if;
  perform private.queue_mail('registration', a.email, contents)
  from (
    select u.email
    from public.user_profiles p join auth.users u on u.id = p.user_id
    where p.role = 'admin' and p.status = 'approved' and u.deleted_at is null
    order by p.last_login_at desc nulls last, p.id
    limit most_admins
  ) a
  where (
    select count(*) from private.mails m
    where m.id > first_id and m.kind = 'registration' and m.recipient = a.email
  ) < most_an_hour;
  return null;
end
$$;
create trigger mail_registration after insert on public.invite_redemptions
  for each row execute function private.mail_registration();
