-- What keeps campaigns moving when work is lost, and empties those that were canceled.

-- Keeps campaigns moving; a worker calls it every few seconds. Side effects: messages of canceled campaigns fail, some
-- thousand at a time; campaigns with nothing pending end; pending messages that stand nowhere, because work was
-- lost, are made retries; lanes that are gone, or sleep although there is work, are there again. Returns whether there
-- is more to do at once. Reads nothing of campaigns that have ended. A campaign of which somebody has locked something for
-- long is left for the next call: what this has locked of the others waits as long.
create function private.keep_campaigns_moving(idle_for interval default '1 minute') returns boolean
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
set lock_timeout = '250ms'
as $$
declare
  campaign record;
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
    where c.status in ('sending', 'paused') and c.launched_at is not null and c.updated_at <= private.clock() - idle_for
    union all
    -- A day after the cancel the last doubt is given up. Whatever is left after a month, workers were not there to see.
    select c.id, c.status, c.pending_count from public.campaigns c
    where c.status = 'canceled' and c.canceled_at > private.clock() - interval '30 days' and c.pending_count > 0
    order by 1
  loop
    begin
      if campaign.status = 'canceled' then
        more := private.empty_canceled_campaign(campaign.id, campaign.pending_count) or more;
      elsif campaign.pending_count = 0 then
        -- The trigger `end_campaign` ends it.
        update public.campaigns c set updated_at = now() where c.id = campaign.id;
      elsif campaign.status = 'sending' then
        perform private.find_lost_work(campaign.id, campaign.pending_count);
      end if;
    exception when lock_not_available then
      continue;
    end;
  end loop;
  -- See the file of inbound messages.
  perform private.record_waiting_consents();
  return more;
end
$$;

-- Fails messages of a canceled campaign that no worker has claimed: a range, or all retries, or what stands nowhere.
-- Returns whether there is more to do at once.
create function private.empty_canceled_campaign(campaign_id uuid, pending integer) returns boolean
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  piece private.send_ranges;
  messages uuid[];
  claimed bigint;
  more boolean := false;
begin
  -- Range after range, so that no call reads what an earlier one has failed.
  select r.* into piece from private.send_ranges r
  where r.campaign_id = empty_canceled_campaign.campaign_id
  order by r.first
  limit 1
  for update;
  if found then
    select array_agg(m.id) into messages from public.campaign_messages m
    where m.campaign_id = piece.campaign_id and m.position between piece.next and piece.last and m.status = 'pending';
    delete from private.send_ranges r where r.campaign_id = piece.campaign_id and r.first = piece.first;
    more := exists (select from private.send_ranges r where r.campaign_id = piece.campaign_id)
      or exists (select from private.send_retries r where r.campaign_id = piece.campaign_id);
  else
    with gone as (
      delete from private.send_retries r where r.campaign_id = empty_canceled_campaign.campaign_id returning r.campaign_id, r.position
    )
    select array_agg(m.id) into messages
    from gone g
    join public.campaign_messages m on m.campaign_id = g.campaign_id and m.position = g.position and m.status = 'pending';
    select coalesce(sum(cardinality(c.positions)), 0) into claimed from private.send_claims c
    where c.campaign_id = empty_canceled_campaign.campaign_id;
    -- What stands nowhere, because work was lost.
    if messages is null and pending > claimed then
      select array_agg(m.id) into messages from (
        select m.id from public.campaign_messages m
        where m.campaign_id = empty_canceled_campaign.campaign_id and m.status = 'pending' and not exists (
          select from private.send_claims c where c.campaign_id = m.campaign_id and m.position = any (c.positions)
        )
        limit 10000
      ) m;
      more := coalesce(cardinality(messages) = 10000, false);
    end if;
  end if;
  if messages is not null then
    perform private.fail_messages(messages, array_fill('campaign_canceled'::text, array[cardinality(messages)]));
  end if;
  return more;
end
$$;

-- Gives a campaign that is being sent its work back, in case something of it was lost.
create function private.find_lost_work(campaign_id uuid, pending integer) returns void
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  if not exists (select from private.send_ranges r where r.campaign_id = find_lost_work.campaign_id)
    and not exists (select from private.send_retries r where r.campaign_id = find_lost_work.campaign_id)
    and pending > (
      select coalesce(sum(cardinality(c.positions)), 0) from private.send_claims c where c.campaign_id = find_lost_work.campaign_id
    )
  then
    perform private.remake_work(campaign_id);
    return;
  end if;
  if not exists (select from private.send_lanes l where l.campaign_id = find_lost_work.campaign_id) then
    perform private.remake_lane(campaign_id);
    return;
  end if;
  -- A lane that sleeps although there is work.
  update private.send_lanes l set due_at = private.clock()
  where l.campaign_id in (
      select o.campaign_id from private.send_lanes o
      where o.campaign_id = find_lost_work.campaign_id and o.due_at > private.clock()
      for no key update skip locked
    )
    and (
      exists (select from private.send_ranges r where r.campaign_id = l.campaign_id and r.due_at <= private.clock())
      or exists (select from private.send_retries r where r.campaign_id = l.campaign_id and r.due_at <= private.clock())
    );
end
$$;

-- Wakes a campaign's lane, or makes it anew.
create function private.remake_lane(campaign_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  campaign public.campaigns;
begin
  select * into campaign from public.campaigns c where c.id = remake_lane.campaign_id;
  insert into private.send_lanes (campaign_id, sender_id, segments, due_at)
  values (
    campaign.id, (private.sender_of(campaign)).id, private.segments(campaign.message_body), private.clock()
  )
  on conflict on constraint send_lanes_pkey do update set due_at = least(private.send_lanes.due_at, excluded.due_at);
end
$$;

-- Whose hours apply to a message that was launched before; null: texts may go out at any hour. The customer may have
-- got another state since the launch. If then the hours are never open, those of the area code apply.
create function private.quiet_group_of_retry(quiet_hours boolean, phone text, state text) returns text
language sql stable
set search_path = ''
as $$
  select case when quiet_hours then
    nullif(coalesce(private.quiet_group(phone, state), private.quiet_group(phone, null), private.quiet_group('+1', null)), '|')
  end
$$;

-- Makes retries of pending messages that stand in no range, no retry and no claim. Returns how many. Counts the
-- campaign's messages again, in case a counter was wrong.
create function private.remake_work(campaign_id uuid) returns integer
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  made integer;
  campaign public.campaigns;
begin
  -- The lane first, as everybody locks them.
  perform private.remake_lane(campaign_id);
  -- Whoever counts messages meanwhile waits, and counts what the statements below do not see.
  select * into campaign from public.campaigns c where c.id = remake_work.campaign_id for no key update;
  insert into private.send_retries (campaign_id, position, quiet_group, due_at)
  select m.campaign_id, m.position, private.quiet_group_of_retry(campaign.quiet_hours, c.phone, c.state), private.clock()
  from public.campaign_messages m left join public.customers c on c.id = m.customer_id
  where m.campaign_id = campaign.id and m.status = 'pending' and m.position is not null and not exists (
      select from private.send_claims k where k.campaign_id = campaign.id and m.position = any (k.positions)
    )
    and not exists (
      select from private.send_ranges r where r.campaign_id = campaign.id and m.position between r.next and r.last
    )
  on conflict on constraint send_retries_pkey do nothing;
  get diagnostics made = row_count;
  -- What one statement sees of the messages and what it takes from the tallies belong together.
  with counted as (
    delete from private.campaign_tallies t where (t.delta).campaign_id = campaign.id
  )
  update public.campaigns c
  set total_recipients = t.total, sent_count = t.sent, delivered_count = t.delivered, failed_count = t.failed,
    pending_count = t.pending, skipped_count = t.skipped, filtered_count = t.filtered,
    unregistered_count = t.unregistered, opted_out_count = t.opted_out
  from private.sums_of(array(
    select row(m.campaign_id, m.status, m.reason, m.sent_at is not null, count(*))::private.message_count
    from public.campaign_messages m
    where m.campaign_id = campaign.id
    group by m.campaign_id, m.status, m.reason, m.sent_at is not null
    union all
    -- Also if it has no message at all.
    select row(campaign.id, 'pending', null, false, 0)::private.message_count
  )) t
  where c.id = campaign.id
    and (
      c.total_recipients, c.sent_count, c.delivered_count, c.failed_count, c.pending_count, c.skipped_count,
      c.filtered_count, c.unregistered_count, c.opted_out_count
    ) is distinct from (
      t.total, t.sent, t.delivered, t.failed, t.pending, t.skipped, t.filtered, t.unregistered, t.opted_out
    );
  return made;
end
$$;

grant execute on function private.keep_campaigns_moving(interval), private.remake_work(uuid) to service_role;
