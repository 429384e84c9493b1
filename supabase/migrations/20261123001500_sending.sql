-- Functions of the send workers: taking messages, recording outcomes, settling doubts, and what keeps a campaign
-- moving when work is lost. See the locks' order in the file of the tables, "send_work".
--
-- Those that find rows by their keys are planned without sequential scans: right after a launch the tables have no
-- statistics, and a plan that reads all of a campaign for each of its messages would stand for a whole session.

-- One message of a take. All rows of a take have the same claim. A take that finds nothing returns one row
-- without a message, with the time after which to ask again.
create type private.taken_message as (
  claim_id bigint, campaign_id uuid, sender_id uuid, phone_number text, messaging_service_sid text,
  message_id uuid, "position" integer, "to" text, body text, merge_values jsonb, template text,
  validity_seconds integer, charged_segments double precision, is_probe boolean, wait_seconds double precision
);

-- Takes up to `at_most` messages of one campaign for `worker`, in one transaction: of the sender that waits longest
-- and whose rate allows it, the campaign whose turn it is. Only campaigns that are being sent, of approved owners;
-- only numbers that may be texted now. Side effects: the claim; who must not be texted any more fails, with the
-- reason; ranges outside their window wait for the next.
create function private.take_messages(worker text, at_most integer, doubt_after interval)
returns setof private.taken_message
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  sender private.senders;
  lane private.send_lanes;
  piece private.send_ranges;
  lanes integer;
  wanted integer;
  places integer[];
  good integer[];
  bad uuid[];
  reasons text[];
  window_opens timestamp with time zone;
  window_closes timestamp with time zone;
  next_due timestamp with time zone;
  claim bigint;
  locked_lane uuid;
begin
  if exists (select from private.sending_switch w where w.stopped_at is not null) then
    return next private.no_message(1);
    return;
  end if;
  -- The sender whose turn it is. Another worker's sender is passed by; if there is no other, it is waited for.
  for tried in 1..2 loop
    if tried = 1 then
      select s.* into sender from private.senders s
      where s.free_at <= moment and s.held_until <= moment and exists (
        select from private.send_lanes l where l.sender_id = s.id and l.due_at <= moment
      )
      order by s.taken_at
      limit 1
      for no key update skip locked;
    else
      select s.* into sender from private.senders s
      where s.free_at <= moment and s.held_until <= moment and exists (
        select from private.send_lanes l where l.sender_id = s.id and l.due_at <= moment
      )
      order by s.taken_at
      limit 1
      for no key update;
    end if;
    exit when found;
  end loop;
  if sender.id is null then
    return next private.no_message(private.seconds_until_work(moment));
    return;
  end if;

  -- Not more than a quarter of a second's worth at a limited rate, and one by one while Twilio is in trouble.
  wanted := case when sender.troubles > 0 then 1 else greatest(at_most, 1) end;

  for attempt in 1..50 loop
    select l.*, count(*) over (partition by l.owner_id)
    into lane.campaign_id, lane.owner_id, lane.sender_id, lane.served, lane.segments, lane.due_at, lanes
    from private.send_lanes l
    join public.campaigns c on c.id = l.campaign_id and c.status = 'sending'
    join public.user_profiles p on p.id = c.user_id and p.status = 'approved'
    where l.sender_id = sender.id and l.due_at <= moment
    order by greatest(l.served, sender.served), l.campaign_id
    limit 1;
    if lane.campaign_id is null then
      update private.senders s set taken_at = moment where s.id = sender.id;
      return next private.no_message(least(private.seconds_until_work(moment), 1));
      return;
    end if;
    -- Before looking at its work: whoever gives work to a lane locks it, so none is overlooked by the lane's
    -- going to sleep, and none is made anew while it is being taken. Who has locked one lane waits for no other.
    if locked_lane is null then
      perform from private.send_lanes l where l.campaign_id = lane.campaign_id for no key update;
    elsif locked_lane <> lane.campaign_id then
      perform from private.send_lanes l where l.campaign_id = lane.campaign_id for no key update skip locked;
      exit when not found;
    end if;
    locked_lane := lane.campaign_id;
    if sender.segments_per_second is not null then
      wanted := least(wanted, greatest(1, floor(sender.segments_per_second * 0.25 / lane.segments)))::integer;
    end if;

    -- Retries first, then the next range. Both in one quiet group.
    piece := null;
    window_closes := 'infinity';
    places := null;
    select r.campaign_id, r.quiet_group into piece.campaign_id, piece.quiet_group from private.send_retries r
    where r.campaign_id = lane.campaign_id and r.due_at <= moment
    order by r.due_at, r.position
    limit 1;
    if found then
      if piece.quiet_group is not null then
        select w.opens_at, w.closes_at into window_opens, window_closes from private.window_of(piece.quiet_group, moment) w;
        if window_opens is null or window_opens > moment or window_closes < moment + interval '1 minute' then
          update private.send_retries r
          set due_at = case when window_opens > moment then window_opens else coalesce(window_closes, moment + interval '1 day') end
          where r.campaign_id = lane.campaign_id and r.due_at <= moment and r.quiet_group = piece.quiet_group;
          continue;
        end if;
      end if;
      with due as (
        select r.position from private.send_retries r
        where r.campaign_id = lane.campaign_id and r.due_at <= moment
          and r.quiet_group is not distinct from piece.quiet_group
        order by r.due_at, r.position
        limit wanted
        for update
      ),
      gone as (
        delete from private.send_retries r using due d
        where r.campaign_id = lane.campaign_id and r.position = d.position
        returning r.position
      )
      select array_agg(g.position order by g.position) into places from gone g;
    else
      select r.* into piece from private.send_ranges r
      where r.campaign_id = lane.campaign_id and r.due_at <= moment
      order by r.due_at, r.first
      limit 1
      for no key update;
      if not found then
        -- Nothing is due: the lane sleeps until something is.
        select least(
          (select min(r.due_at) from private.send_ranges r where r.campaign_id = lane.campaign_id),
          (select min(r.due_at) from private.send_retries r where r.campaign_id = lane.campaign_id)
        ) into next_due;
        update private.send_lanes l set due_at = coalesce(next_due, 'infinity') where l.campaign_id = lane.campaign_id;
        continue;
      end if;
      window_closes := piece.closes_at;
      if piece.quiet_group is null then
        window_closes := 'infinity';
      elsif piece.closes_at < moment + interval '1 minute' then
        select w.opens_at, w.closes_at into window_opens, window_closes
        from private.window_of(piece.quiet_group, greatest(moment, piece.closes_at)) w;
        update private.send_ranges r
        set due_at = coalesce(window_opens, moment + interval '1 day'), closes_at = coalesce(window_closes, '-infinity')
        where r.campaign_id = lane.campaign_id and r.first = piece.first;
        if window_opens is null or window_opens > moment or window_closes < moment + interval '1 minute' then
          continue;
        end if;
      end if;
      places := array(select generate_series(piece.next, least(piece.next + wanted - 1, piece.last)));
      if piece.next + wanted > piece.last then
        delete from private.send_ranges r where r.campaign_id = lane.campaign_id and r.first = piece.first;
      else
        update private.send_ranges r set next = piece.next + wanted
        where r.campaign_id = lane.campaign_id and r.first = piece.first;
      end if;
    end if;

    -- Who of them may still be texted. Deleted customers took their messages with them.
    select
      array_agg(m.position) filter (where m.why_not is null),
      array_agg(m.id) filter (where m.why_not is not null),
      array_agg(m.why_not) filter (where m.why_not is not null)
    into good, bad, reasons
    from (
      select m.id, m.position, case
          -- A test's message has no customer.
          when m.customer_id is not null and c.phone is distinct from m.phone_number then 'phone_changed'
          when m.customer_id is not null and c.status is distinct from 'active' then 'customer_inactive'
          -- What private.may_text asks, without calling it for each.
          when exists (
            select from private.suppressions s
            where s.phone = m.phone_number and s.lifted_at is null and (s.user_id is null or s.user_id = lane.owner_id)
          ) then 'suppressed'
        end as why_not
      from unnest(places) p (place)
      -- One by one: right after a launch the table has no statistics, and a join would read all of it.
      cross join lateral (
        select * from public.campaign_messages k
        where k.campaign_id = lane.campaign_id and k.position = p.place
        limit 1
      ) m
      left join lateral (select k.phone, k.status from public.customers k where k.id = m.customer_id limit 1) c on true
      where m.status = 'pending'
      offset 0
    ) m;
    if bad is not null then
      perform private.fail_messages(bad, reasons);
    end if;
    exit when good is not null;
  end loop;
  if good is null then
    return next private.no_message(0);
    return;
  end if;

  insert into private.send_claims (campaign_id, positions, quiet_group, worker, claimed_at, doubt_at, absent_at)
  values (
    lane.campaign_id, good, piece.quiet_group, worker, moment, moment + doubt_after,
    moment + greatest(interval '10 minutes', doubt_after)
  )
  returning id into claim;
  update private.send_lanes l
  set served = greatest(l.served, sender.served) + cardinality(good) * l.segments * lanes
  where l.campaign_id = lane.campaign_id;
  update private.senders s
  set taken_at = moment, served = greatest(s.served, lane.served),
    free_at = case
      when s.segments_per_second is null then s.free_at
      else greatest(s.free_at, moment - interval '0.5 seconds')
        + make_interval(secs => cardinality(good) * lane.segments / s.segments_per_second)
    end,
    -- A probe is under way: the others wait for its answer.
    held_until = case when s.troubles > 0 then moment + interval '15 seconds' else s.held_until end,
    probing = s.troubles > 0
  where s.id = sender.id;

  return query
    select claim, m.campaign_id, sender.id, sender.phone_number, sender.messaging_service_sid,
      m.id, m.position, m.phone_number, m.message_body, m.merge_values,
      case when m.message_body is null then k.message_body end,
      case when window_closes = 'infinity' then null
        else least(36000, extract(epoch from window_closes - moment))::integer end,
      case when sender.segments_per_second is not null then cardinality(good) * lane.segments end,
      sender.troubles > 0,
      null::double precision
    from public.campaigns k
    cross join unnest(good) p (place)
    cross join lateral (
      select * from public.campaign_messages n where n.campaign_id = k.id and n.position = p.place limit 1
    ) m
    where k.id = lane.campaign_id;
end
$$;

-- A take's answer when there is nothing to send.
create function private.no_message(wait_seconds double precision) returns private.taken_message
language sql immutable
set search_path = ''
as $$
  select row(null, null, null, null, null, null, null, null, null, null, null, null, null, null, wait_seconds)::private.taken_message
$$;

-- How long until a sender may send and has something to send; at most a minute.
create function private.seconds_until_work(moment timestamp with time zone) returns double precision
language sql stable
set search_path = ''
as $$
  -- Not coalesce around greatest, which leaves nulls out.
  select least(60, greatest(
    0.001, coalesce(extract(epoch from min(greatest(s.free_at, s.held_until, l.due_at)) - moment), 60)
  ))
  from private.senders s
  join private.send_lanes l on l.sender_id = s.id and l.due_at < 'infinity'
  join public.campaigns c on c.id = l.campaign_id and c.status = 'sending'
  join public.user_profiles p on p.id = c.user_id and p.status = 'approved'
$$;

-- Fails pending messages that no worker has claimed, each for its reason. Side effect: the counters.
create function private.fail_messages(message_ids uuid[], reasons text[]) returns void
language sql volatile security definer
set search_path = ''
set enable_seqscan = off
as $$
  with locked as (
    select m.id from public.campaign_messages m
    where m.id = any (message_ids) and m.status = 'pending'
    order by m.id
    for no key update
  )
  update public.campaign_messages m
  set status = 'failed', reason = f.reason, updated_at = now(), error_message = case f.reason
      when 'phone_changed' then 'The customer has another number now.'
      when 'customer_inactive' then 'The customer is inactive.'
      when 'suppressed' then 'This number must not be texted.'
      when 'campaign_canceled' then 'The campaign was canceled.'
      else 'Twilio did not say whether it took this message; it was not repeated.'
    end
  from unnest(message_ids, reasons) f (id, reason), locked l
  where m.id = f.id and l.id = m.id
$$;

-- Records what became of claimed messages: `outcomes` are sent, failed and released (Twilio has it not; it is
-- tried again after `retry_after`). A callback that was faster wins. `finished` are the claims of which nothing
-- is left. Returns the ids of messages for which Twilio has another sid already: they went out twice.
create function private.record_outcomes(
  message_ids uuid[], claim_ids bigint[], outcomes text[], sids text[], reasons text[], error_codes integer[],
  error_messages text[], bodies text[], segments smallint[], suppress boolean[], retry_after interval[], finished bigint[]
) returns uuid[]
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  twice uuid[];
begin
  if 'released' = any (outcomes) then
    -- The lanes first, as everybody locks them.
    perform from private.send_lanes l
    where l.campaign_id in (select c.campaign_id from private.send_claims c where c.id = any (claim_ids))
    order by l.campaign_id
    for no key update;
    update private.send_lanes l set due_at = least(l.due_at, moment)
    where l.campaign_id in (select c.campaign_id from private.send_claims c where c.id = any (claim_ids));
  end if;
  perform from private.send_claims c
  where c.id = any (finished)
    or c.id in (select o.claim_id from unnest(claim_ids, outcomes) o (claim_id, outcome) where o.outcome = 'released')
  order by c.id
  for update;
  if 'released' = any (outcomes) then
    insert into private.send_retries (campaign_id, position, quiet_group, due_at)
    select m.campaign_id, m.position, c.quiet_group, moment + o.retry_after
    from unnest(message_ids, claim_ids, outcomes, retry_after) o (id, claim_id, outcome, retry_after)
    join private.send_claims c on c.id = o.claim_id
    join public.campaign_messages m on m.id = o.id and m.status = 'pending' and m.position = any (c.positions)
    where o.outcome = 'released'
    on conflict on constraint send_retries_pkey do nothing;
  end if;
  if true = any (suppress) then
    -- The messages first, then in the order of the numbers, as the callbacks do.
    perform from public.campaign_messages m where m.id = any (message_ids) order by m.id for no key update;
    insert into private.suppressions (phone, reason, source, evidence)
    select m.phone_number, o.reason, 'twilio',
      jsonb_build_object('message_id', m.id, 'error_code', o.error_code)
    from unnest(message_ids, reasons, error_codes, suppress) o (id, reason, error_code, suppress)
    join public.campaign_messages m on m.id = o.id
    where o.suppress
    order by m.phone_number
    on conflict do nothing;
  end if;

  with locked as (
    select m.id, m.twilio_sid as sid_before from public.campaign_messages m
    where m.id = any (message_ids)
    order by m.id
    for no key update
  ),
  recorded as (
    update public.campaign_messages m
    set
      status = case when m.status = 'pending' and o.outcome <> 'released' then o.outcome else m.status end,
      twilio_sid = coalesce(
        m.twilio_sid,
        case when not exists (select from public.campaign_messages other where other.twilio_sid = o.sid) then o.sid end
      ),
      sent_at = case when o.outcome = 'sent' then coalesce(m.sent_at, moment) else m.sent_at end,
      message_body = coalesce(o.body, m.message_body),
      segments = coalesce(o.segments, m.segments),
      reason = case when m.status = 'pending' then o.reason else m.reason end,
      error_code = coalesce(o.error_code, m.error_code),
      error_message = case when o.outcome = 'failed' then coalesce(o.error_message, m.error_message) else m.error_message end,
      in_doubt_since = null,
      updated_at = now()
    from unnest(message_ids, claim_ids, outcomes, sids, reasons, error_codes, error_messages, bodies, record_outcomes.segments)
      o (id, claim_id, outcome, sid, reason, error_code, error_message, body, segments)
    join locked l on l.id = o.id
    where m.id = o.id and (
      o.outcome = 'sent'
      -- What is not sent counts only while the claim holds: another worker may have the message by now.
      or (m.status = 'pending' and exists (
        select from private.send_claims c where c.id = o.claim_id and m.position = any (c.positions)
      ))
    )
    returning m.id, o.sid, l.sid_before
  )
  select array_agg(r.id) into twice from recorded r where r.sid_before <> r.sid;

  if twice is not null then
    insert into private.message_attempts (sid, message_id, reason)
    select o.sid, o.id, 'sent_twice' from unnest(message_ids, sids) o (id, sid) where o.id = any (twice)
    on conflict do nothing;
  end if;
  if 'released' = any (outcomes) then
    update private.send_claims c
    set positions = array(select p from unnest(c.positions) p except select r.position from private.send_retries r where r.campaign_id = c.campaign_id)
    where c.id in (select o.claim_id from unnest(claim_ids, outcomes) o (claim_id, outcome) where o.outcome = 'released')
      and c.id <> all (finished);
  end if;
  delete from private.send_claims c where c.id = any (finished);
  return twice;
end
$$;

-- Corrects a sender's rate and a campaign's estimate by what its texts really took: `charged` messages were
-- counted with the lane's segments, and took `segments`.
create function private.correct_pace(campaign_id uuid, charged integer, segments integer) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  lane private.send_lanes;
begin
  select * into lane from private.send_lanes l where l.campaign_id = correct_pace.campaign_id;
  if lane.segments * charged = segments then
    return;
  end if;
  update private.senders s
  set free_at = s.free_at + make_interval(secs => (segments - lane.segments * charged) / s.segments_per_second)
  where s.id = lane.sender_id and s.segments_per_second is not null;
  update private.send_lanes l
  set segments = 0.5 * l.segments + 0.5 * correct_pace.segments / charged
  where l.campaign_id = correct_pace.campaign_id and charged > 0;
end
$$;

-- A message in doubt: claimed, without an outcome.
create type private.doubtful_message as (
  claim_id bigint, message_id uuid, "position" integer, "to" text, body text, merge_values jsonb, template text,
  claimed_at timestamp with time zone, may_be_absent boolean, looks integer
);

-- Takes up to `at_most` claims that are in doubt; nobody else gets them for `again_after` times the looks so far.
-- Side effects: claims of which everything has an outcome are deleted; the messages show that they are in doubt;
-- after `give_up_after` they become failed, with the reason `outcome_unknown`.
create function private.take_doubts(at_most integer, again_after interval, give_up_after interval)
returns setof private.doubtful_message
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  claim private.send_claims;
  open_messages uuid[];
  hopeless uuid[] := '{}';
begin
  for claim in
    select c.* from private.send_claims c
    where c.doubt_at <= moment
    order by c.doubt_at
    limit at_most
    for update skip locked
  loop
    select array_agg(m.id order by m.id) into open_messages
    from unnest(claim.positions) p (place)
    cross join lateral (
      select * from public.campaign_messages k where k.campaign_id = claim.campaign_id and k.position = p.place limit 1
    ) m
    where m.status = 'pending';
    if open_messages is not null and moment > claim.claimed_at + give_up_after then
      hopeless := hopeless || open_messages;
      open_messages := null;
    end if;
    if open_messages is null then
      delete from private.send_claims c where c.id = claim.id;
      continue;
    end if;
    update public.campaign_messages m
    set in_doubt_since = claim.claimed_at, reason = 'in_doubt', updated_at = now()
    from (
      select k.id from public.campaign_messages k
      where k.id = any (open_messages) and k.in_doubt_since is null and k.status = 'pending'
      order by k.id
      -- Not in the order of all claims together, so it must wait for nobody. What is locked is just being settled.
      for no key update skip locked
    ) l
    where m.id = l.id;
    update private.send_claims c
    set looks = c.looks + 1, doubt_at = moment + again_after * least(c.looks + 1, 20),
      positions = array(select m.position from public.campaign_messages m where m.id = any (open_messages) order by m.position)
    where c.id = claim.id;
    return query
      select claim.id, m.id, m.position, m.phone_number, m.message_body, m.merge_values,
        case when m.message_body is null then k.message_body end,
        claim.machine_time, moment >= claim.absent_at and claim.looks > 0, claim.looks
      from public.campaign_messages m join public.campaigns k on k.id = m.campaign_id
      where m.id = any (open_messages);
  end loop;
  -- All at once, in the order of their ids.
  if hopeless <> '{}' then
    perform private.fail_messages(hopeless, array_fill('outcome_unknown'::text, array[cardinality(hopeless)]));
  end if;
end
$$;

-- Puts a message among the retries and wakes its lane, which the caller has locked.
create function private.add_retry(campaign_id uuid, "position" integer, quiet_group text) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into private.send_retries (campaign_id, position, quiet_group, due_at)
  values (add_retry.campaign_id, add_retry."position", add_retry.quiet_group, private.clock())
  on conflict on constraint send_retries_pkey do nothing;
  update private.send_lanes l set due_at = least(l.due_at, private.clock())
  where l.campaign_id = add_retry.campaign_id
$$;

-- Settles a doubt by what Twilio's lists showed. `sids` are Twilio's messages to that number that may be this one,
-- the oldest first; no sid is ever given to two messages. `newest_sids` are the newest that the account's list
-- shows, and null where nothing may be concluded from an absence yet. Returns
--   sent       one of `sids` is this message's; it becomes sent.
--   absent     Twilio provably does not have it: its list shows a message of ours that it took well after this claim.
--              It is tried again; after five such times, it is not.
--   contested  a free one of `sids` may belong to another message in doubt; nothing is changed.
--   unknown    nothing is proved; nothing is changed.
--   settled    it has an outcome by now; nothing is changed.
create function private.settle_doubt(claim_id bigint, message_id uuid, sids text[], newest_sids text[])
returns text
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  doubt public.campaign_messages;
  claim private.send_claims;
  free_sid text;
  rivals integer;
  free_sids integer;
  is_absent boolean := exists (
    select from public.campaign_messages m
    where m.twilio_sid = any (newest_sids)
      and m.sent_at > (select c.claimed_at + interval '2 minutes' from private.send_claims c where c.id = claim_id)
  );
begin
  select * into doubt from public.campaign_messages m where m.id = message_id;
  -- One recipient's doubts are settled one after another.
  perform pg_advisory_xact_lock(hashtextextended('settle_doubt' || doubt.phone_number, 0));
  if is_absent then
    perform from private.send_lanes l where l.campaign_id = doubt.campaign_id for no key update;
  end if;
  select * into claim from private.send_claims c where c.id = claim_id for update;
  select * into doubt from public.campaign_messages m where m.id = message_id for no key update;
  if doubt.id is null or doubt.status <> 'pending' or claim.id is null or doubt.position <> all (claim.positions) then
    return 'settled';
  end if;

  select min(s.sid) filter (where s.place = s.first_place), count(*) into free_sid, free_sids
  from (
    select s.sid, s.place, min(s.place) over () as first_place
    from unnest(sids) with ordinality s (sid, place)
    where not exists (select from public.campaign_messages m where m.twilio_sid = s.sid)
      and not exists (select from private.message_attempts a where a.sid = s.sid)
  ) s;
  if free_sids > 0 then
    -- Others are claimed for the same customer, or tests for the same number: enough of Twilio's messages for all, or
    -- it may be theirs.
    select count(*) into rivals
    from public.campaign_messages m
    join private.send_claims c on c.campaign_id = m.campaign_id and m.position = any (c.positions)
    where m.status = 'pending' and m.id <> doubt.id and (
      m.customer_id = any (array(select k.id from public.customers k where k.phone = doubt.phone_number) || doubt.customer_id)
      or (m.customer_id is null and m.phone_number = doubt.phone_number)
    );
    if free_sids <= rivals then
      return 'contested';
    end if;
    update public.campaign_messages m
    set status = 'sent', twilio_sid = free_sid, sent_at = coalesce(m.sent_at, private.clock()), in_doubt_since = null,
      reason = null, updated_at = now()
    where m.id = doubt.id;
    return 'sent';
  end if;
  if not is_absent then
    return 'unknown';
  end if;
  if doubt.attempts >= 4 then
    perform private.fail_messages(array[doubt.id], array['outcome_unknown']);
    return 'absent';
  end if;
  perform private.add_retry(doubt.campaign_id, doubt.position, claim.quiet_group);
  update public.campaign_messages m
  set attempts = m.attempts + 1, in_doubt_since = null, reason = null, updated_at = now()
  where m.id = doubt.id;
  update private.send_claims c set positions = array_remove(c.positions, doubt.position) where c.id = claim.id;
  return 'absent';
end
$$;

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
  from public.campaign_messages m left join public.customers c on c.id = m.customer_id
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

grant execute on function
  private.take_messages(text, integer, interval),
  private.record_outcomes(uuid[], bigint[], text[], text[], text[], integer[], text[], text[], smallint[], boolean[], interval[], bigint[]),
  private.correct_pace(uuid, integer, integer), private.take_doubts(integer, interval, interval),
  private.settle_doubt(bigint, uuid, text[], text[]), private.keep_campaigns_moving(interval), private.remake_work(uuid)
  to service_role;
