-- What keeps campaigns moving when work is lost, and empties those that were canceled.

-- Keeps campaigns moving; a worker calls it every few seconds. Side effects: messages of canceled campaigns fail, some
-- thousand at a time; campaigns with nothing pending end; pending messages that stand nowhere, because work was
-- lost, are made retries. Returns whether there is more to do at once.
create function private.keep_campaigns_moving(idle_for interval default '1 minute') returns boolean
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
as $$
declare
  campaign record;
  piece private.send_ranges;
  messages uuid[];
  claimed bigint;
  more boolean := false;
begin
  -- The lanes first, as everybody locks them.
  update private.send_lanes l set due_at = 'infinity'
  where l.campaign_id in (
    select o.campaign_id from private.send_lanes o
    join public.campaigns c on c.id = o.campaign_id and c.status in ('sent', 'failed', 'canceled')
    where o.due_at < 'infinity'
    for no key update of o skip locked
  );
  for campaign in
    select c.id, c.status, c.pending_count from public.campaigns c
    where (c.status = 'canceled' and c.pending_count > 0)
      or (c.status in ('sending', 'paused') and c.launched_at is not null and c.updated_at <= private.clock() - idle_for)
    order by c.id
  loop
    if campaign.status = 'canceled' then
      -- Range after range, so that no call reads what an earlier one has failed.
      select r.* into piece from private.send_ranges r
      where r.campaign_id = campaign.id
      order by r.first
      limit 1
      for update;
      if found then
        select array_agg(m.id) into messages from public.campaign_messages m
        where m.campaign_id = campaign.id and m.position between piece.next and piece.last and m.status = 'pending';
        delete from private.send_ranges r where r.campaign_id = campaign.id and r.first = piece.first;
        more := more or exists (select from private.send_ranges r where r.campaign_id = campaign.id)
          or exists (select from private.send_retries r where r.campaign_id = campaign.id);
      else
        with gone as (
          delete from private.send_retries r where r.campaign_id = campaign.id returning r.position
        )
        select array_agg(m.id) into messages
        from gone g
        join public.campaign_messages m on m.campaign_id = campaign.id and m.position = g.position and m.status = 'pending';
        select coalesce(sum(cardinality(c.positions)), 0) into claimed from private.send_claims c where c.campaign_id = campaign.id;
        -- What stands nowhere, because work was lost.
        if messages is null and campaign.pending_count > claimed then
          select array_agg(m.id) into messages from (
            select m.id from public.campaign_messages m
            where m.campaign_id = campaign.id and m.status = 'pending' and not exists (
              select from private.send_claims c where c.campaign_id = campaign.id and m.position = any (c.positions)
            )
            limit 10000
          ) m;
          more := more or cardinality(messages) = 10000;
        end if;
      end if;
      if messages is not null then
        perform private.fail_messages(messages, array_fill('campaign_canceled'::text, array[cardinality(messages)]));
      end if;
    elsif campaign.pending_count = 0 then
      -- The trigger `end_campaign` ends it.
      update public.campaigns c set updated_at = now() where c.id = campaign.id;
    elsif campaign.status = 'sending' and not exists (select from private.send_ranges r where r.campaign_id = campaign.id)
      and not exists (select from private.send_retries r where r.campaign_id = campaign.id)
      and campaign.pending_count > (
        select coalesce(sum(cardinality(c.positions)), 0) from private.send_claims c where c.campaign_id = campaign.id
      )
    then
      perform private.remake_work(campaign.id);
    elsif campaign.status = 'sending' then
      -- A lane that sleeps although there is work.
      update private.send_lanes l set due_at = private.clock()
      where l.campaign_id in (
          select o.campaign_id from private.send_lanes o
          where o.campaign_id = campaign.id and o.due_at > private.clock()
          for no key update skip locked
        )
        and (
          exists (select from private.send_ranges r where r.campaign_id = campaign.id and r.due_at <= private.clock())
          or exists (select from private.send_retries r where r.campaign_id = campaign.id and r.due_at <= private.clock())
        );
    end if;
  end loop;
  return more;
end
$$;

-- Makes retries of pending messages that stand in no range, no retry and no claim. Returns how many. Counts the
-- campaign's messages again, in case a counter was wrong.
create function private.remake_work(campaign_id uuid) returns integer
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  made integer;
  campaign public.campaigns;
begin
  select * into campaign from public.campaigns c where c.id = remake_work.campaign_id;
  insert into private.send_lanes (campaign_id, owner_id, sender_id, due_at)
  values (campaign.id, campaign.user_id, (private.sender_of(campaign)).id, private.clock())
  on conflict on constraint send_lanes_pkey do update set due_at = least(private.send_lanes.due_at, excluded.due_at);
  insert into private.send_retries (campaign_id, position, quiet_group, due_at)
  select m.campaign_id, m.position,
    case when campaign.quiet_hours then nullif(private.quiet_group(c.phone, c.state), '|') end, private.clock()
  from public.campaign_messages m join public.customers c on c.id = m.customer_id
  where m.campaign_id = campaign.id and m.status = 'pending' and m.position is not null and not exists (
      select from private.send_claims k where k.campaign_id = campaign.id and m.position = any (k.positions)
    )
    and not exists (
      select from private.send_ranges r where r.campaign_id = campaign.id and m.position between r.next and r.last
    )
  on conflict on constraint send_retries_pkey do nothing;
  get diagnostics made = row_count;
  update public.campaigns c
  set total_recipients = t.total, sent_count = t.sent, delivered_count = t.delivered, failed_count = t.failed,
    pending_count = t.pending
  from (
    select count(*) as total, count(m.sent_at) as sent, count(*) filter (where m.status = 'delivered') as delivered,
      count(*) filter (where m.status = 'failed') as failed, count(*) filter (where m.status = 'pending') as pending
    from public.campaign_messages m where m.campaign_id = campaign.id
  ) t
  where c.id = campaign.id
    and (c.total_recipients, c.sent_count, c.delivered_count, c.failed_count, c.pending_count)
      is distinct from (t.total, t.sent, t.delivered, t.failed, t.pending);
  return made;
end
$$;

grant execute on function private.keep_campaigns_moving(interval), private.remake_work(uuid) to service_role;
