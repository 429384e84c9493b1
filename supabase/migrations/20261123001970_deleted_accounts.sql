-- Deleting a person and keeping what is their account's. Auth forgets the person: address, password, factors, sessions. The
-- profile stays without a name, marked as deleted, so that no record points at nothing. What it owns stays archived, for
-- admins to see, or is handed over to somebody else; that can also be done later.

-- Appends for `new_owner` what must not be texted for `account`; returns the ids of what is new. Side effect: rows in
-- private.suppressions; customers stay as they are.
create function private.hand_over_suppressions(account uuid, new_owner uuid) returns uuid[]
language sql volatile
set search_path = ''
as $$
  with said as (
    insert into private.suppressions (phone, user_id, reason, since, source, evidence)
    select s.phone, new_owner, s.reason, s.since, s.source, s.evidence
    from private.suppressions s
    where s.user_id = account and s.lifted_at is null
    on conflict do nothing
    returning id
  )
  select array_agg(s.id) from said s
$$;

-- Makes `new_owner` the owner of what an account has: customers with those in the bin, campaigns with their messages,
-- templates, imports, conversations. What the account must not text, the new owner must not text either: suppressions are
-- kept, so they are appended for the new owner. What was said to the old account about consent counts for the new one:
-- private.numbers_with_consent. The figures of the analytics go along. Limits, launches and look-ups stay behind: they say
-- what the old account has used.
create function private.hand_over_account(account uuid, new_owner uuid) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  result json;
begin
  -- First, so that no customer is active under the new owner for a moment.
  perform private.hand_over_suppressions(account, new_owner);
  update private.deleted_accounts d
  set handed_over_to = new_owner, handed_over_at = now()
  where d.profile_id = account or d.handed_over_to = account;

  -- While the tallies of its campaigns are still its own.
  perform private.hand_over_figures(account, new_owner);
  with templates as (
    update public.campaign_templates t set user_id = new_owner where t.user_id = account returning 1
  ),
  campaigns as (
    update public.campaigns c set user_id = new_owner where c.user_id = account returning c.test_of is null and c.reply_to is null as is_shown
  ),
  customers as (
    update public.customers c set user_id = new_owner where c.user_id = account returning 1
  ),
  imports as (
    update public.customer_imports i set user_id = new_owner where i.user_id = account returning 1
  ),
  bin as (
    update public.deleted_customers d set user_id = new_owner where d.user_id = account returning 1
  )
  select json_build_object(
    'templates', (select count(*) from templates),
    'campaigns', (select count(*) from campaigns c where c.is_shown),
    'customers', (select count(*) from customers),
    'imports', (select count(*) from imports)
  ) into result;

  -- Who has a deleted number was texted by the new owner, for replies, caps and stories.
  update private.message_archive a set owner_id = new_owner where a.owner_id = account;

  -- Where both have written with a number, the messages join those of the new owner.
  update public.conversation_messages m set conversation_id = n.id
  from public.conversations o join public.conversations n on n.phone = o.phone and n.user_id = new_owner
  where o.user_id = account and m.conversation_id = o.id;
  update public.campaigns c set reply_to = n.id
  from public.conversations o join public.conversations n on n.phone = o.phone and n.user_id = new_owner
  where o.user_id = account and c.reply_to = o.id;
  update public.conversations n
  set last_message_at = greatest(n.last_message_at, o.last_message_at),
    last_inbound_at = greatest(n.last_inbound_at, o.last_inbound_at),
    unread_count = n.unread_count + o.unread_count,
    needs_review = n.needs_review or o.needs_review,
    review_by = least(n.review_by, o.review_by)
  from public.conversations o
  where o.user_id = account and n.user_id = new_owner and n.phone = o.phone;
  delete from public.conversations o
  using public.conversations n
  where o.user_id = account and n.user_id = new_owner and n.phone = o.phone;
  update public.conversations c set user_id = new_owner where c.user_id = account;

  -- What was said to the old account meanwhile.
  perform private.apply_these_suppressions(private.hand_over_suppressions(account, new_owner));
  return result;
end
$$;

-- Deletes a person, or hands over later what was kept of one. First everything of theirs that runs is stopped: campaigns are
-- canceled, imports told to stop. Returns {"id", "handed_over_to", "canceled_campaigns", "handed_over": {"templates",
-- "campaigns", "customers", "imports"} or null}. Side effects: rows of auth.users with all that Auth has of the person, the
-- profile, campaigns, customer_imports, open password resets, mails that wait, private.deleted_accounts, and those of
-- private.hand_over_account. Raises PT403 `own_account`; PT404 `user_not_found`; PT409 `last_admin`; PT422
-- `new_owner_not_approved`.
create function private.delete_account(account uuid, hand_over_to uuid, deleted_by uuid) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  person public.user_profiles;
  address text;
  canceled integer;
  handed_over json;
begin
  if account = deleted_by then
    raise exception using errcode = 'PT403', message = 'own_account', detail = 'Admins can''t do this to their own account.';
  end if;
  -- As whoever demotes an admin: of two who delete each other at once, the second sees the first.
  perform pg_advisory_xact_lock(hashtext('private.check_profile_decision'));
  -- Not `for update`: an import holds a key of it until it ends.
  select * into person from public.user_profiles p where p.id = account for no key update;
  if not found or (person.deleted_at is not null and (
    hand_over_to is null or not exists (
      select from private.deleted_accounts d where d.profile_id = account and d.handed_over_to is null
    )
  )) then
    raise exception using errcode = 'PT404', message = 'user_not_found', detail = 'There is no such user.';
  end if;
  if person.role = 'admin' and person.status = 'approved' and not exists (
    select from public.user_profiles p where p.id <> account and p.role = 'admin' and p.status = 'approved'
  ) then
    raise exception using errcode = 'PT409', message = 'last_admin', detail = 'The last approved admin can''t be deleted.';
  end if;
  if hand_over_to is not null then
    -- Nobody deletes them meanwhile. They may sign in.
    perform from public.user_profiles p
    where p.id = hand_over_to and p.id <> account and p.status = 'approved' and p.deleted_at is null
    for key share;
    if not found then
      raise exception using errcode = 'PT422', message = 'new_owner_not_approved',
        detail = 'What is this user''s can only be handed over to another user who is approved.';
    end if;
  end if;

  perform private.cancel_password_resets(account);
  select u.email into address from auth.users u where u.id = person.user_id;
  update private.mails m set state = 'canceled', contents = '{}', repeats_left = 0, finished_at = now()
  where m.state = 'queued' and m.attempts = 0 and lower(m.recipient) = lower(address);
  -- The record of an admin's reset stays, the token with its address goes.
  update public.admin_password_resets r set reset_token_id = null
  where r.reset_token_id in (select t.id from public.password_reset_tokens t where t.user_id = account);
  delete from public.password_reset_tokens t where t.user_id = account;
  -- Before the campaigns, so that none is launched after them.
  update public.user_profiles p set user_id = null, status = 'rejected', deleted_at = coalesce(p.deleted_at, now())
  where p.id = account;
  delete from auth.users u where u.id = person.user_id;
  insert into private.deleted_accounts (profile_id, deleted_by) values (account, deleted_by) on conflict do nothing;

  perform from public.campaigns c
  where c.user_id = account and c.status in ('scheduled', 'sending', 'paused')
  order by c.id
  for no key update;
  update public.campaigns c set status = 'canceled', canceled_at = private.clock()
  where c.user_id = account and c.status in ('scheduled', 'sending', 'paused');
  get diagnostics canceled = row_count;
  if canceled > 0 then
    perform pg_notify('sending', '');
  end if;
  update public.customer_imports i set cancel_requested_at = coalesce(i.cancel_requested_at, now())
  where i.user_id = account and i.status = 'running';

  if hand_over_to is not null then
    handed_over := private.hand_over_account(account, hand_over_to);
  end if;
  return json_build_object(
    'id', account, 'handed_over_to', hand_over_to, 'canceled_campaigns', canceled, 'handed_over', handed_over
  );
end
$$;
grant execute on function private.delete_account(uuid, uuid, uuid) to dnwerks_accounts;

-- The same for admins through PostgREST, and for services. Raises PT403 `admin_required` besides.
create function public.delete_user(user_id uuid, hand_over_to uuid default null) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only administrators may do this.';
  end if;
  return private.delete_account(delete_user.user_id, delete_user.hand_over_to, private.my_profile_id());
end
$$;
grant execute on function public.delete_user(uuid, uuid) to authenticated, service_role;
