-- Doubts: messages that were claimed and of which nobody knows whether Twilio has them.

-- A message in doubt: claimed, without an outcome.
create type private.doubtful_message as (
  claim_id bigint, message_id uuid, "position" integer, "to" text, body text, merge_values jsonb, template text,
  claimed_at timestamp with time zone, may_be_absent boolean, looks integer
);

-- Takes up to `at_most` claims that are in doubt; nobody else gets them for `again_after` times the looks so far.
-- Side effects: claims of which everything has an outcome are deleted, and callbacks awaited; the messages show that they are in doubt;
-- after `give_up_after` they become failed, with the reason `outcome_unknown`. A message `may_be_absent` from the second
-- look on; a look counts when its result arrives (settle_doubt): the worker may end, or not reach Twilio.
create function private.take_doubts(at_most integer, again_after interval, give_up_after interval)
returns setof private.doubtful_message
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
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
    -- Not before somebody has looked: after a day without workers Twilio may well have them.
    if open_messages is not null and claim.looks > 0 and moment > claim.claimed_at + give_up_after then
      hopeless := hopeless || open_messages;
      open_messages := null;
    end if;
    if cardinality(open_messages) is distinct from cardinality(claim.positions) and claim.positions <> '{}' then
      -- What leaves the claim here; what is still in doubt is looked at in vain.
      insert into private.awaited_callbacks (campaign_id, positions, sent_at, machine_time)
      values (claim.campaign_id, claim.positions, moment, claim.machine_time);
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
        claim.machine_time, moment >= claim.absent_at and m.position = any (claim.not_found), claim.looks
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
-- shows, and null where nothing may be concluded from an absence yet. `body` and `segments` are those of the text that was
-- sent, if it is known; they are kept if it was. Returns
--   sent       one of `sids` is this message's; it becomes sent.
--   absent     Twilio provably does not have it: its list shows a message of ours that it took well after this claim.
--              It is tried again; after five such times, it is not.
--   contested  a free one of `sids` may belong to another message in doubt; nothing is changed.
--   unknown    nothing is proved; the look counts, as only a later one may prove an absence.
--   settled    it has an outcome by now; nothing is changed.
create function private.settle_doubt(
  claim_id bigint, message_id uuid, sids text[], newest_sids text[], body text default null, segments smallint default null
) returns text
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
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
    -- When Twilio took it, not when we learned it: what its list shows behind this proves nothing.
    set status = 'sent', twilio_sid = free_sid, sent_at = coalesce(m.sent_at, claim.claimed_at), in_doubt_since = null,
      reason = null, message_body = coalesce(settle_doubt.body, m.message_body),
      segments = coalesce(settle_doubt.segments, m.segments), updated_at = now()
    where m.id = doubt.id;
    perform private.tally_sent(doubt.campaign_id);
    return 'sent';
  end if;
  if not is_absent then
    update private.send_claims c set not_found = c.not_found || doubt.position
    where c.id = claim.id and doubt.position <> all (c.not_found);
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

grant execute on function private.take_doubts(integer, interval, interval), private.settle_doubt(bigint, uuid, text[], text[], text, smallint)
  to service_role;
