-- What send workers share besides the rows: the pace of a sender, the end of a batch, the stop of a campaign.

-- One row per sender (a number or a messaging service), so that any number of workers keep one rate.
create table private.sender_paces (
  sender text primary key,
  free_at timestamp with time zone not null
);
grant select, insert, update on private.sender_paces to service_role;

-- Reserves `segments` in the sender's pace and returns how long to wait before sending them.
-- Without a rate nothing is reserved, but a hold is still obeyed.
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

-- Twilio asked for less: nobody sends from this sender for that long.
create function private.hold_sender(sender text, seconds double precision) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.sender_paces as p (sender, free_at)
  values (hold_sender.sender, clock_timestamp() + make_interval(secs => seconds))
  on conflict on constraint sender_paces_pkey do update set free_at = greatest(p.free_at, excluded.free_at)
$$;

-- Ends a batch, or has it come back after `comes_back_after` seconds when one of its messages is
-- still pending. It asks the rows, so a batch that two workers hold is not lost when one of them ends it.
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

-- Stops a campaign for `reason`. Side effect: its messages that no worker has claimed fail with it;
-- those that are claimed keep their outcome to come. Messages before the campaign, as everywhere,
-- because the counters' trigger locks in that order.
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
  -- A second stop fails what was given back meanwhile; the first one's reason stays. A campaign
  -- whose last message has just failed has ended already, but for a reason that says nothing.
  if status_before = 'sending' or reason_before = 'nothing_sent' then
    update public.campaigns c
    set status = 'failed', sent_at = null, failure_reason = reason
    where c.id = stop_campaign.campaign_id;
  end if;
end
$$;

-- Ends campaigns that have nothing pending and still say `sending` though nothing has changed them
-- for `idle_for`, whatever left them behind, and returns how many. Counts anew, so that a wrong counter is mended too.
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

grant execute on function
  private.reserve_pace(text, integer, double precision), private.hold_sender(text, double precision),
  private.end_batch(bigint, uuid, integer, integer, integer), private.stop_campaign(uuid, text, text),
  private.end_finished_campaigns(interval)
  to service_role;
