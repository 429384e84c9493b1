-- What Resend reports about mails: who gets none any more, and what is sent again.

-- The events that Resend reported, each of them once, also those that are about no mail.
create table private.mail_events (
  -- The webhook's own id: a repeated delivery has the same.
  id text primary key,
  -- What it means here: delivered, bounced, bounced_for_now, complained, suppressed, delayed, failed or other.
  kind text not null,
  -- Resend's word for it, such as email.bounced or domain.updated.
  type text not null default '',
  provider_id text,
  -- Why a mail failed, in the words of the recipient's server.
  detail text,
  happened_at timestamp with time zone,
  received_at timestamp with time zone not null default now()
);
create index mail_events_provider_id_idx on private.mail_events (provider_id) where provider_id is not null;
alter table private.mail_events enable row level security;

-- Addresses to which mail fails for good, or whose owners want none. No mail is sent to them.
create table private.mail_suppressions (
  address text primary key check (address = lower(address)),
  reason text not null check (reason in ('bounced', 'complained', 'suppressed')),
  detail text,
  created_at timestamp with time zone not null default now()
);
alter table private.mail_suppressions enable row level security;

-- Suppressions that an admin has lifted. Append-only, so that it stays known who did it and why.
create table private.mail_suppression_lifts (
  id uuid primary key default private.uuid_v7(),
  address text not null,
  reason text not null,
  suppressed_at timestamp with time zone not null,
  lifted_at timestamp with time zone not null default now(),
  -- The admin's profile, without a reference: the row outlives it. Null for a service.
  lifted_by uuid,
  why text not null check (char_length(why) <= 1000)
);
create index mail_suppression_lifts_address_idx on private.mail_suppression_lifts (address);
alter table private.mail_suppression_lifts enable row level security;

-- Refuses every change, but for the deletions of private.erase_person.
create function private.keep_mail_suppression_lifts() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' and current_setting('dnwerks.erasing', true) = 'yes' then
    return null;
  end if;
  raise exception 'private.mail_suppression_lifts is append-only';
end
$$;
create trigger keep_mail_suppression_lifts before update or delete or truncate on private.mail_suppression_lifts
  for each statement execute function private.keep_mail_suppression_lifts();

-- Does what follows from the events of a sent mail: from the one, or with null from all of them. Lasting failures
-- suppress the address; a bounce that passes, or a failure of Resend's own, queues the mail again, hours later, under a new id and so a new
-- idempotency key. Side effects: private.mail_suppressions, private.mails.
create function private.follow_mail_events(provider_id text, event_id text) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  mail private.mails;
  event private.mail_events;
begin
  select m.* into mail from private.mails m
  where m.provider_id = follow_mail_events.provider_id and m.state = 'sent'
  for update;
  -- The event was faster than the answer to the request: private.finish_mail comes back to it.
  if not found then
    return;
  end if;
  for event in
    select e.* from private.mail_events e
    where e.provider_id = follow_mail_events.provider_id
      and (follow_mail_events.event_id is null or e.id = follow_mail_events.event_id)
    order by e.received_at, e.id
  loop
    if event.kind in ('bounced', 'complained', 'suppressed') then
      insert into private.mail_suppressions (address, reason, detail)
      values (lower(mail.recipient), event.kind, event.detail)
      on conflict do nothing;
    elsif event.kind in ('bounced_for_now', 'failed') and mail.repeats_left > 0 then
      insert into private.mails (kind, recipient, contents, invite_code_id, due_at, repeats_left, created_at)
      values (
        mail.kind, mail.recipient, mail.contents, mail.invite_code_id,
        now() + case mail.repeats_left when 3 then interval '2 hours' when 2 then interval '6 hours' else interval '24 hours' end,
        -- The age counts from the first: a mail that is days old is not sent any more.
        mail.repeats_left - 1, mail.created_at
      );
    elsif event.kind <> 'delivered' then
      continue;
    end if;
    -- It has arrived, never will, or another row has taken over.
    mail.repeats_left := 0;
    update private.mails m set repeats_left = 0, contents = '{}' where m.id = mail.id;
  end loop;
end
$$;

-- Records an event and does what follows from it. False for one that is recorded already. Side effects: a row in
-- private.mail_events, and those of private.follow_mail_events.
create function private.record_mail_event(
  id text,
  kind text,
  type text,
  provider_id text,
  detail text,
  happened_at timestamp with time zone
) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  -- Otherwise this and private.finish_mail at the same moment each miss what the other writes.
  if record_mail_event.provider_id is not null then
    perform pg_advisory_xact_lock(hashtextextended(record_mail_event.provider_id, 300));
  end if;
  insert into private.mail_events (id, kind, type, provider_id, detail, happened_at)
  values (
    record_mail_event.id, record_mail_event.kind, record_mail_event.type, record_mail_event.provider_id,
    record_mail_event.detail, record_mail_event.happened_at
  )
  on conflict do nothing;
  if not found then
    return false;
  end if;
  if record_mail_event.provider_id is not null then
    perform private.follow_mail_events(record_mail_event.provider_id, record_mail_event.id);
  end if;
  return true;
end
$$;

-- Records that Resend has the mail, under its id `provider_id` if it is known; then events about it are followed,
-- also those that came before. Side effects: the mail's row, and those of private.follow_mail_events.
create function private.finish_mail(id uuid, provider_id text) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if finish_mail.provider_id is not null then
    perform pg_advisory_xact_lock(hashtextextended(finish_mail.provider_id, 300));
  end if;
  update private.mails m
  set state = 'sent', provider_id = finish_mail.provider_id, leased_until = null, last_error = null, finished_at = now(),
    -- Without an id nobody can report a bounce of it.
    repeats_left = case when finish_mail.provider_id is null then 0 else m.repeats_left end,
    contents = case when finish_mail.provider_id is null or m.repeats_left = 0 then '{}' else m.contents end
  where m.id = finish_mail.id and m.state = 'queued';
  if found and finish_mail.provider_id is not null then
    perform private.follow_mail_events(finish_mail.provider_id, null);
  end if;
end
$$;

-- What became of an invitation's mail: queued, sent (Resend has it), delivered, bounced, complained, suppressed, failed or
-- canceled; null if there was none, or it is longer ago than mails are kept. Of one that was sent again the last counts.
create function private.invite_mail_state(invite_code_id uuid) returns text
language sql stable security definer
set search_path = ''
as $$
  select case
    when m.state <> 'sent' then m.state
    else coalesce(
      (
        select case e.kind when 'bounced_for_now' then 'bounced' else e.kind end
        from private.mail_events e
        where e.provider_id = m.provider_id
          and e.kind in ('delivered', 'bounced', 'bounced_for_now', 'complained', 'suppressed', 'failed')
        -- A complaint comes after the delivery, and weighs more.
        order by e.kind = 'delivered', e.received_at desc
        limit 1
      ),
      m.state
    )
  end
  from private.mails m
  where m.invite_code_id = invite_mail_state.invite_code_id
  -- Ids ascend with time.
  order by m.id desc
  limit 1
$$;

-- Queues the mail of an invitation that is for one address; without one it does nothing. Side effect: a row in private.mails.
create function private.mail_invite(invite uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  select private.queue_mail('invitation', i.email, jsonb_build_object('code', i.code, 'expires_at', i.expires_at), i.id)
  from public.invite_codes i
  where i.id = invite and i.email is not null
$$;

-- Revokes an invitation; returns whether there is one. Side effects: its mail is not sent, or not again.
create function private.revoke_invite(invite uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update public.invite_codes i set revoked_at = coalesce(i.revoked_at, now()) where i.id = invite;
  if not found then
    return false;
  end if;
  update private.mails m
  set state = case m.state when 'queued' then 'canceled' else m.state end,
    contents = '{}', repeats_left = 0, finished_at = now()
  where m.invite_code_id = invite and (m.state = 'queued' and m.attempts = 0 or m.state = 'sent');
  return true;
end
$$;

-- Lifts the suppression of `address`: mails go to it again, and the mails it has missed are not sent. Returns whether
-- there was one. Resend keeps a list of its own, from which an address is removed in its dashboard. Side effects: the
-- row moves from private.mail_suppressions to private.mail_suppression_lifts.
create function private.lift_mail_suppression(address text, why text, lifted_by uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  with lifted as (
    delete from private.mail_suppressions s
    where s.address = lower(trim(lift_mail_suppression.address))
    returning s.*
  )
  insert into private.mail_suppression_lifts (address, reason, suppressed_at, lifted_by, why)
  select l.address, l.reason, l.created_at, lift_mail_suppression.lifted_by, lift_mail_suppression.why from lifted l;
  return found;
end
$$;

-- The suppressed addresses, newest first, with how often each was lifted before; `search` is a part of the address.
-- Only for admins and services. Raises PT403 `admin_required`. Changes nothing.
create function public.list_mail_suppressions(
  search text default null,
  page_limit integer default 50,
  page_offset integer default 0
) returns table (
  address text, reason text, detail text, created_at timestamp with time zone, times_lifted bigint, total bigint
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only administrators may do this.';
  end if;
  return query
    select s.address, s.reason, s.detail, s.created_at,
      (select count(*) from private.mail_suppression_lifts l where l.address = s.address),
      count(*) over ()
    from private.mail_suppressions s
    where list_mail_suppressions.search is null
      or position(lower(list_mail_suppressions.search) in s.address) > 0
    order by s.created_at desc, s.address
    limit least(greatest(list_mail_suppressions.page_limit, 1), 1000)
    offset greatest(list_mail_suppressions.page_offset, 0);
end
$$;

-- Lifts the suppression of an address as the caller, and keeps `why`. Only for admins and services. Raises PT403
-- `admin_required`, PT404 `mail_suppression_not_found`, PT422 `why_required`. Side effects: those of
-- private.lift_mail_suppression.
create function public.lift_mail_suppression(address text, why text) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only administrators may do this.';
  end if;
  if coalesce(char_length(trim(lift_mail_suppression.why)), 0) not between 1 and 1000 then
    raise exception using errcode = 'PT422', message = 'why_required', detail = 'Say why, in at most 1,000 characters.';
  end if;
  if not private.lift_mail_suppression(lift_mail_suppression.address, trim(lift_mail_suppression.why), private.my_profile_id()) then
    raise exception using errcode = 'PT404', message = 'mail_suppression_not_found',
      detail = 'This address is not suppressed.';
  end if;
end
$$;
grant execute on function public.list_mail_suppressions(text, integer, integer), public.lift_mail_suppression(text, text)
  to authenticated, service_role;
