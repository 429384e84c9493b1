-- What became of messages that were taken: recording outcomes, failing messages, correcting the pace. See the locks'
-- order in the file of the tables, "send_work".

-- Why messages failed that have no code of Twilio's, in words; null where Twilio's words say it.
create function private.failure_text(reason text) returns text
language sql immutable
set search_path = ''
as $$
  select case reason
    when 'phone_changed' then 'The customer has another number now.'
    when 'customer_inactive' then 'The customer is inactive.'
    when 'suppressed' then 'This number must not be texted.'
    when 'no_consent' then 'The customer''s consent is not on record, and this campaign requires it.'
    when 'campaign_canceled' then 'The campaign was canceled.'
    when 'outcome_unknown' then 'Twilio did not say whether it took this message; it was not repeated.'
  end
$$;

-- Fails pending messages that no worker has claimed, each for its reason. Side effect: the counters.
create function private.fail_messages(message_ids uuid[], reasons text[]) returns void
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
begin
  perform from public.campaign_messages m where m.id = any (message_ids) order by m.id for no key update;
  update public.campaign_messages m
  set status = 'failed', reason = f.reason, updated_at = now(), error_message = private.failure_text(f.reason)
  from unnest(message_ids, reasons) f (id, reason)
  where m.id = f.id and m.status = 'pending';
end
$$;

-- Records what became of claimed messages: `outcomes` are sent, failed and released (Twilio has it not; it is
-- tried again after `retry_after`). A callback that was faster wins. `finished` are the claims of which nothing
-- is left. Returns the ids of messages for which Twilio has another sid already: they went out twice. What is locked for
-- longer than a quarter of a second raises 55P03, and nothing is recorded.
create function private.record_outcomes(
  message_ids uuid[], claim_ids bigint[], outcomes text[], sids text[], reasons text[], error_codes integer[],
  error_messages text[], bodies text[], segments smallint[], suppress boolean[], retry_after interval[], finished bigint[]
) returns uuid[]
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
set lock_timeout = '250ms'
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  has_sids boolean;
  used_sids text[];
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

  -- Locked in the order of their ids, and once: a second look at each costs more than the update itself.
  select count(m.twilio_sid) > 0 into has_sids
  from (
    select k.twilio_sid from public.campaign_messages k
    where k.id = any (message_ids)
    order by k.id
    for no key update
  ) m;
  if has_sids then
    select array_agg(m.id) into twice
    from unnest(message_ids, sids) o (id, sid) join public.campaign_messages m on m.id = o.id
    where m.twilio_sid <> o.sid;
  end if;
  -- No sid is ever given to two messages.
  used_sids := array(select m.twilio_sid from public.campaign_messages m where m.twilio_sid = any (sids));
  with recorded as (
    update public.campaign_messages m
    set
      status = case when m.status = 'pending' and o.outcome <> 'released' then o.outcome else m.status end,
      twilio_sid = coalesce(m.twilio_sid, case when o.sid <> all (used_sids) then o.sid end),
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
    where m.id = o.id and (
      o.outcome = 'sent'
      -- What is not sent counts only while the claim holds: another worker may have the message by now.
      or (m.status = 'pending' and exists (
        select from private.send_claims c where c.id = o.claim_id and m.position = any (c.positions)
      ))
    )
    returning m.campaign_id, o.outcome, m.error_code, m.sent_at
  )
  -- One row for each kind, for the health of the sender. A message is sent once: a faster callback has counted it.
  insert into private.sender_tallies (sender_id, at, kind, error_code, n)
  select l.sender_id, moment, r.outcome, case when r.outcome = 'failed' then r.error_code end, count(*)
  from recorded r join private.send_lanes l on l.campaign_id = r.campaign_id
  where (r.outcome = 'sent' and r.sent_at = moment) or r.outcome = 'failed'
  group by 1, 3, 4;

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
  with gone as (
    delete from private.send_claims c where c.id = any (finished) returning c.campaign_id, c.positions, c.machine_time
  )
  insert into private.awaited_callbacks (campaign_id, positions, sent_at, machine_time)
  select g.campaign_id, g.positions, moment, g.machine_time from gone g where g.positions <> '{}';
  return twice;
end
$$;

-- Counts a message that turned out to be sent for the health of its sender. Side effect: a tally.
create function private.tally_sent(campaign_id uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into private.sender_tallies (sender_id, kind, n)
  select l.sender_id, 'sent', 1 from private.send_lanes l where l.campaign_id = tally_sent.campaign_id
$$;

-- Corrects a sender's rate and a campaign's estimate by what its texts really took: `charged` messages were
-- counted with the lane's segments, and took `segments`. Raises 55P03 where somebody has locked the lane: takes wait for the
-- sender meanwhile.
create function private.correct_pace(campaign_id uuid, charged integer, segments integer) returns void
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '250ms'
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

grant execute on function
  private.record_outcomes(uuid[], bigint[], text[], text[], text[], integer[], text[], text[], smallint[], boolean[], interval[], bigint[]),
  private.correct_pace(uuid, integer, integer)
  to service_role;
