-- Functions of the send workers: a sender's rate limit, ending a batch, stopping and ending a campaign, and
-- resolving a message in doubt. Messages are claimed and recorded by
-- statements in services/shared/rows-as-service/src/sending.

-- One row for each sender (a number or a messaging service), so that all workers together keep to one
-- rate. No triggers.
create table private.sender_paces (
  sender text primary key,
  free_at timestamp with time zone not null
);
grant select, insert, update on private.sender_paces to service_role;

-- Reserves `segments` in the sender's rate limit and returns how long to wait before sending. Without a
-- rate it reserves nothing, but still waits for a hold to end. Side effect: the sender's row.
create function private.reserve_pace(sender text, segments integer, segments_per_second double precision)
returns interval
language plpgsql volatile
set search_path = ''
as $$
declare
  slot timestamp with time zone;
begin
  if segments_per_second is null then
    select p.free_at into slot from private.sender_paces p where p.sender = reserve_pace.sender;
  else
    insert into private.sender_paces as p (sender, free_at)
    values (reserve_pace.sender, clock_timestamp() + make_interval(secs => segments / segments_per_second))
    on conflict on constraint sender_paces_pkey do update
      set free_at = greatest(p.free_at, clock_timestamp()) + make_interval(secs => segments / segments_per_second)
    returning p.free_at - make_interval(secs => segments / segments_per_second) into slot;
  end if;
  return greatest(coalesce(slot, clock_timestamp()) - clock_timestamp(), interval '0');
end
$$;

-- Pauses this sender for all workers for `seconds`, because Twilio asked for it. Side effect: the
-- sender's row.
create function private.hold_sender(sender text, seconds double precision) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.sender_paces as p (sender, free_at)
  values (hold_sender.sender, clock_timestamp() + make_interval(secs => seconds))
  on conflict on constraint sender_paces_pkey do update set free_at = greatest(p.free_at, excluded.free_at)
$$;

-- Removes a batch from the queue and returns true; or, if one of its messages is still pending, makes it
-- visible again after `comes_back_after` seconds and returns false. It decides by the messages'
-- rows, so a batch that two workers hold is not lost when one of them ends it.
create function private.end_batch(msg_id bigint, campaign_id uuid, first integer, last integer, comes_back_after integer)
returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if exists (
    select from public.campaign_messages m
    where m.campaign_id = end_batch.campaign_id and m.position between first and last and m.status = 'pending'
  ) then
    perform from pgmq.set_vt('campaign_batches', msg_id, comes_back_after);
    return false;
  end if;
  perform pgmq.delete('campaign_batches', msg_id);
  return true;
end
$$;

-- Stops a campaign for `reason`. Side effects: its messages that no worker has claimed become failed, with
-- `reason_text`; then the campaign does. Claimed messages still get their own outcome. Messages are
-- locked before the campaign, as everywhere, because the trigger that counts locks in that order.
create function private.stop_campaign(campaign_id uuid, reason text, reason_text text) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  status_before text;
  reason_before text;
begin
  select c.status, c.failure_reason into status_before, reason_before from public.campaigns c where c.id = stop_campaign.campaign_id;
  if status_before is distinct from 'sending' and status_before is distinct from 'failed' then
    return;
  end if;
  perform from public.campaign_messages m
  where m.campaign_id = stop_campaign.campaign_id and m.status = 'pending' and m.attempted_at is null
  order by m.id
  for no key update;
  update public.campaign_messages m
  set status = 'failed', error_message = reason_text
  where m.campaign_id = stop_campaign.campaign_id and m.status = 'pending' and m.attempted_at is null;
  -- A second stop fails what was given back meanwhile, and leaves the reason of the first. If the update
  -- above failed the last pending message, the trigger has ended the campaign as `nothing_sent`; our
  -- reason says more.
  if status_before = 'sending' or reason_before = 'nothing_sent' then
    update public.campaigns c
    set status = 'failed', sent_at = null, failure_reason = reason
    where c.id = stop_campaign.campaign_id;
  end if;
end
$$;

-- Ends campaigns that have nothing pending but are still `sending`, for whatever reason, and that nothing has
-- changed for `idle_for`. Returns how many. Side effects: their counters, counted again in case one was
-- wrong; through the trigger `end_campaign` their status.
create function private.end_finished_campaigns(idle_for interval default '1 minute') returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  ended integer;
begin
  with finished as (
    select c.id from public.campaigns c
    where c.status = 'sending' and c.updated_at <= now() - idle_for and not exists (
      select from public.campaign_messages m where m.campaign_id = c.id and m.status = 'pending'
    )
    order by c.id
    for no key update skip locked
  )
  update public.campaigns c
  set total_recipients = t.total, sent_count = t.sent, delivered_count = t.delivered,
    failed_count = t.failed, pending_count = 0
  from finished f
  cross join lateral (
    select count(*) as total,
      count(*) filter (where m.sent_at is not null) as sent,
      count(*) filter (where m.status = 'delivered') as delivered,
      count(*) filter (where m.status = 'failed') as failed
    from public.campaign_messages m
    where m.campaign_id = f.id
  ) t
  where c.id = f.id;
  get diagnostics ended = row_count;
  return ended;
end
$$;

-- Resolves a doubt: a claimed message without an outcome, because of a crash, a timeout or a broken
-- connection. `sids` are Twilio's messages with the same recipient, text and sender, the oldest first;
-- none of them is given to two rows. `attempt` is the claim that was in doubt when Twilio was asked; a
-- newer claim belongs to another worker and is left alone. Returns
--   sent       one of `sids` is this message's; it becomes sent (side effect).
--   absent     Twilio does not have it; the claim is dropped, so it is sent again (side effect).
--   contested  a free one of `sids` may belong to another campaign's message; nothing is changed.
--   settled    it has an outcome by now, or a newer claim; nothing is changed.
create function private.settle_doubt(message_id uuid, attempt integer, sids text[], doubt_after interval)
returns text
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  doubt public.campaign_messages;
  free_sid text;
begin
  select * into doubt from public.campaign_messages m where m.id = message_id;
  -- One recipient's doubts are settled one after another.
  perform pg_advisory_xact_lock(hashtextextended('settle_doubt' || doubt.phone_number, 0));
  select * into doubt from public.campaign_messages m where m.id = message_id for no key update;
  if not found or doubt.status <> 'pending' or doubt.attempted_at is null or doubt.attempts <> attempt then
    return 'settled';
  end if;

  select s.sid into free_sid
  from unnest(sids) with ordinality s (sid, place)
  where not exists (select from public.campaign_messages m where m.twilio_sid = s.sid)
  order by s.place
  limit 1;

  if free_sid is null then
    -- Twilio does not have it: it may be sent again.
    update public.campaign_messages m set attempted_at = null where m.id = doubt.id;
    return 'absent';
  end if;
  if exists (
    select from public.campaign_messages m
    where m.customer_id = doubt.customer_id and m.id <> doubt.id and m.status = 'pending'
      and m.attempted_at > clock_timestamp() - doubt_after and m.message_body = doubt.message_body
  ) then
    -- Another message with the same text to the same person is claimed right now: it may be that one's.
    return 'contested';
  end if;
  update public.campaign_messages m
  set status = 'sent', twilio_sid = free_sid, sent_at = coalesce(m.sent_at, now())
  where m.id = doubt.id;
  return 'sent';
end
$$;

grant execute on function
  private.reserve_pace(text, integer, double precision), private.hold_sender(text, double precision),
  private.end_batch(bigint, uuid, integer, integer, integer), private.stop_campaign(uuid, text, text),
  private.end_finished_campaigns(interval), private.settle_doubt(uuid, integer, text[], interval)
  to service_role;
