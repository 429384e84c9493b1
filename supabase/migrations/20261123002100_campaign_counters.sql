-- A campaign's counters always equal a count over its messages, whoever changes those and how.
-- Statement-level: a thousand messages cost one update of the campaign. The update that records
-- the last outcome also ends the campaign.

-- What a set of messages adds to one campaign.
create type private.campaign_delta as (
  campaign_id uuid, total integer, sent integer, delivered integer, failed integer, pending integer
);

-- Side effect: updates the campaigns of `deltas` in the order of their ids, so that concurrent
-- statements over several campaigns wait for one another and never in a circle.
create function private.add_to_campaigns(deltas private.campaign_delta[]) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  if cardinality(deltas) > 1 then
    perform from public.campaigns c
    where c.id in (select d.campaign_id from unnest(deltas) d)
    order by c.id
    for no key update;
  end if;
  update public.campaigns c
  set total_recipients = c.total_recipients + d.total,
    sent_count = c.sent_count + d.sent,
    delivered_count = c.delivered_count + d.delivered,
    failed_count = c.failed_count + d.failed,
    pending_count = c.pending_count + d.pending
  from unnest(deltas) d
  where c.id = d.campaign_id;
end
$$;

create function private.count_campaign_messages() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  deltas private.campaign_delta[];
begin
  if tg_op = 'INSERT' then
    select array_agg((s.campaign_id, s.total, s.sent, s.delivered, s.failed, s.pending)::private.campaign_delta)
    into deltas
    from (
      select r.campaign_id,
        sum(r.sign)::integer as total,
        coalesce(sum(r.sign) filter (where r.sent_at is not null), 0)::integer as sent,
        coalesce(sum(r.sign) filter (where r.status = 'delivered'), 0)::integer as delivered,
        coalesce(sum(r.sign) filter (where r.status = 'failed'), 0)::integer as failed,
        coalesce(sum(r.sign) filter (where r.status = 'pending'), 0)::integer as pending
      from (
        select 1 as sign, n.campaign_id, n.status, n.sent_at from new_messages n
      ) r
      where r.campaign_id is not null
      group by r.campaign_id
    ) s
    where (s.total, s.sent, s.delivered, s.failed, s.pending) <> (0, 0, 0, 0, 0);
  elsif tg_op = 'DELETE' then
    select array_agg((s.campaign_id, s.total, s.sent, s.delivered, s.failed, s.pending)::private.campaign_delta)
    into deltas
    from (
      select r.campaign_id,
        sum(r.sign)::integer as total,
        coalesce(sum(r.sign) filter (where r.sent_at is not null), 0)::integer as sent,
        coalesce(sum(r.sign) filter (where r.status = 'delivered'), 0)::integer as delivered,
        coalesce(sum(r.sign) filter (where r.status = 'failed'), 0)::integer as failed,
        coalesce(sum(r.sign) filter (where r.status = 'pending'), 0)::integer as pending
      from (
        select -1 as sign, o.campaign_id, o.status, o.sent_at from old_messages o
      ) r
      where r.campaign_id is not null
      group by r.campaign_id
    ) s
    where (s.total, s.sent, s.delivered, s.failed, s.pending) <> (0, 0, 0, 0, 0);
  else
    select array_agg((s.campaign_id, s.total, s.sent, s.delivered, s.failed, s.pending)::private.campaign_delta)
    into deltas
    from (
      select r.campaign_id,
        sum(r.sign)::integer as total,
        coalesce(sum(r.sign) filter (where r.sent_at is not null), 0)::integer as sent,
        coalesce(sum(r.sign) filter (where r.status = 'delivered'), 0)::integer as delivered,
        coalesce(sum(r.sign) filter (where r.status = 'failed'), 0)::integer as failed,
        coalesce(sum(r.sign) filter (where r.status = 'pending'), 0)::integer as pending
      from (
        select 1 as sign, n.campaign_id, n.status, n.sent_at from new_messages n
        union all
        select -1 as sign, o.campaign_id, o.status, o.sent_at from old_messages o
      ) r
      where r.campaign_id is not null
      group by r.campaign_id
    ) s
    where (s.total, s.sent, s.delivered, s.failed, s.pending) <> (0, 0, 0, 0, 0);
  end if;
  if deltas is not null then
    perform private.add_to_campaigns(deltas);
  end if;
  return null;
end
$$;
create trigger count_inserted_messages after insert on public.campaign_messages
  referencing new table as new_messages
  for each statement execute function private.count_campaign_messages();
create trigger count_updated_messages after update on public.campaign_messages
  referencing old table as old_messages new table as new_messages
  for each statement execute function private.count_campaign_messages();
create trigger count_deleted_messages after delete on public.campaign_messages
  referencing old table as old_messages
  for each statement execute function private.count_campaign_messages();

-- Done when nothing is pending: `sent`, or `failed` where nothing could be sent.
create function private.end_campaign() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.sent_count > 0 then
    new.status := 'sent';
    new.sent_at := now();
  else
    new.status := 'failed';
    new.failure_reason := coalesce(new.failure_reason, 'nothing_sent');
  end if;
  return new;
end
$$;
create trigger end_campaign before update on public.campaigns
  for each row when (old.status = 'sending' and new.status = 'sending' and new.pending_count = 0)
  execute function private.end_campaign();

-- What a message's status says only grows: pending < sent < delivered | failed.
create function private.refuse_lower_status() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using errcode = 'PT409', message = 'message_status_only_rises',
    detail = format('A message that is %s can''t become %s.', old.status, new.status);
end
$$;
create trigger refuse_lower_status before update on public.campaign_messages
  for each row when (
    new.status is distinct from old.status
    and (old.status in ('delivered', 'failed') or new.status is null or new.status = 'pending')
  )
  execute function private.refuse_lower_status();
