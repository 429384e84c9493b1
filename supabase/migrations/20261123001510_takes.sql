-- Takes: a worker gets the next messages to send. How work is taken off a campaign, and what frequency caps do, is in the
-- two files that follow. See the locks' order in the file of the tables, "send_work".
--
-- Functions that find rows by their keys are planned without sequential scans, here and in the files that follow: right
-- after a launch the tables have no statistics, and a plan that reads all of a campaign for each of its messages would
-- stand for a whole session. Where one can't be avoided, its price makes Postgres compile the statement, which takes longer
-- than running it: so without jit as well. What take_messages calls inherits both from it.
--
-- All accounts wait for a take, because it has locked their sender: so it waits for nobody's long transaction, the deletion
-- of all customers of an account for instance. What is locked for more than an instant is passed by.

-- One message of a take. All rows of a take have the same claim. A take that finds nothing returns one row
-- without a message, with the time after which to ask again.
create type private.taken_message as (
  claim_id bigint, campaign_id uuid, sender_id uuid, phone_number text, messaging_service_sid text,
  message_id uuid, "position" integer, "to" text, body text, merge_values jsonb, template text,
  validity_seconds integer, charged_segments double precision, is_probe boolean, wait_seconds double precision
);

-- The lane whose turn it is, and how many lanes its owner has at this sender that have something to send.
create type private.turn as (
  campaign_id uuid, owner_id uuid, served double precision, segments double precision, owner_lanes integer
);

-- Positions that were taken off a campaign's work, all of one quiet group, whose window closes at `closes_at`. Without
-- positions: the window is closed, and the work waits for the next.
create type private.work as (positions integer[], quiet_group text, closes_at timestamp with time zone);

-- Takes up to `at_most` messages of one campaign for `worker`, in one transaction: of the sender that waits longest
-- and whose rate allows it, the campaign whose turn it is. Only campaigns that are being sent, of approved owners
-- who are not stopped; only numbers that may be texted now. Side effects: the claim; who must not be texted any more fails, with the
-- reason; ranges outside their window wait for the next; who has had as many texts as a frequency cap allows waits. Raises
-- 55P03 if another take holds the sender for seconds.
create function private.take_messages(worker text, at_most integer, doubt_after interval)
returns setof private.taken_message
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
set lock_timeout = '5s'
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  sender private.senders;
  turn private.turn;
  work private.work;
  wanted integer;
  recipients integer[];
  locked_lane uuid;
  busy_lanes uuid[] := '{}';
  waits boolean := false;
  claim bigint;
begin
  if exists (select from private.sending_switch w where w.stopped_at is not null) then
    return next private.no_message(1);
    return;
  end if;
  sender := private.choose_sender(moment);
  if sender.id is null then
    return next private.no_message(private.seconds_until_work(moment));
    return;
  end if;

  -- From now on the others wait for this sender.
  perform set_config('lock_timeout', '250ms', true);
  -- What is found may all have to wait, or must not be texted: then the next. Not for ever.
  for attempt in 1..50 loop
    turn := private.choose_lane(sender, moment, busy_lanes);
    if turn.campaign_id is null then
      -- Where only lanes are left that somebody has locked, which is mostly over in an instant.
      if locked_lane is null and busy_lanes <> '{}' and not waits then
        waits := true;
        busy_lanes := '{}';
        continue;
      end if;
      update private.senders s set taken_at = moment where s.id = sender.id;
      return next private.no_message(least(private.seconds_until_work(moment), 1));
      return;
    end if;
    if turn.campaign_id is distinct from locked_lane then
      if not private.lock_lane(turn, waits and locked_lane is null) then
        exit when waits or locked_lane is not null;
        busy_lanes := busy_lanes || turn.campaign_id;
        continue;
      end if;
      locked_lane := turn.campaign_id;
    end if;
    wanted := private.messages_of_a_take(sender, turn, at_most);
    work := private.take_retries(turn.campaign_id, wanted, moment);
    if work is null then
      work := private.take_range(turn.campaign_id, wanted, moment);
    end if;
    if work is null then
      perform private.let_lane_sleep(turn.campaign_id);
      continue;
    end if;
    recipients := private.who_may_be_texted(turn, work, moment);
    recipients := private.who_is_below_their_cap(turn, work.quiet_group, recipients, moment);
    exit when recipients is not null;
  end loop;
  if recipients is null then
    return next private.no_message(0);
    return;
  end if;
  -- Whatever this database does otherwise: a claim that a crash takes back is a text that goes out twice.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;

  insert into private.send_claims (campaign_id, positions, quiet_group, worker, claimed_at, doubt_at, absent_at)
  values (
    turn.campaign_id, recipients, work.quiet_group, worker, moment, moment + doubt_after,
    moment + greatest(interval '10 minutes', doubt_after)
  )
  returning id into claim;
  perform private.charge_take(sender, turn, cardinality(recipients), moment);
  return query
    select claim, m.campaign_id, sender.id, sender.phone_number, sender.messaging_service_sid,
      m.id, m.position, m.phone_number, m.message_body, m.merge_values,
      case when m.message_body is null then k.message_body end,
      case when work.closes_at < 'infinity' then least(36000, extract(epoch from work.closes_at - moment))::integer end,
      cardinality(recipients) * turn.segments,
      sender.troubles > 0,
      null::double precision
    from public.campaigns k
    cross join unnest(recipients) p (place)
    cross join lateral (
      select * from public.campaign_messages n where n.campaign_id = k.id and n.position = p.place limit 1
    ) m
    where k.id = turn.campaign_id;
end
$$;

-- The sender whose turn it is, locked; null if none may send now. Another worker's sender is passed by; if there is no
-- other, it is waited for.
create function private.choose_sender(moment timestamp with time zone) returns private.senders
language plpgsql volatile
set search_path = ''
as $$
declare
  -- Whoever locks them looks again: meanwhile another worker may have taken, or a hold may have begun.
  ready constant uuid[] := array(
    select s.id from private.senders s
    where s.free_at <= moment and s.held_until <= moment and exists (
      select from private.send_lanes l where l.sender_id = s.id and l.due_at <= moment
    )
    order by s.taken_at
  );
  sender private.senders;
begin
  select s.* into sender from private.senders s
  where s.id = any (ready) and s.free_at <= moment and s.held_until <= moment
  order by array_position(ready, s.id)
  limit 1
  for no key update skip locked;
  if not found then
    select s.* into sender from private.senders s
    where s.id = ready[1] and s.free_at <= moment and s.held_until <= moment
    for no key update;
  end if;
  return sender;
end
$$;

-- The least served lane of a sender that has something to send, but for some; null if there is none.
create function private.choose_lane(sender private.senders, moment timestamp with time zone, but_for uuid[]) returns private.turn
language plpgsql stable
set search_path = ''
as $$
declare
  turn private.turn;
begin
  select l.campaign_id, c.user_id, l.served, l.segments, count(*) over (partition by c.user_id) into turn
  from private.send_lanes l
  join public.campaigns c on c.id = l.campaign_id and c.status = 'sending'
  join public.user_profiles p on p.id = c.user_id and p.status = 'approved'
  where l.sender_id = sender.id and l.due_at <= moment and l.campaign_id <> all (but_for)
    and not exists (select from private.stopped_accounts a where a.user_id = c.user_id)
  order by greatest(l.served, sender.served), l.campaign_id
  limit 1;
  return turn;
end
$$;

-- Locks a lane before anybody looks at its work: whoever gives work to a lane locks it, so none is overlooked by the
-- lane's going to sleep, and none is made anew while it is being taken. Takes of one owner from several senders go one
-- after another: each sees what the other has claimed, so two campaigns at once don't pass a frequency cap. False if
-- somebody else has locked it; who `waits` does so for as long as lock_timeout says, and has locked no lane yet.
create function private.lock_lane(turn private.turn, waits boolean) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  owner_lock constant bigint := hashtextextended('take_messages' || turn.owner_id, 0);
begin
  if waits then
    begin
      perform from private.send_lanes l where l.campaign_id = turn.campaign_id for no key update;
      perform pg_advisory_xact_lock(owner_lock);
      return true;
    exception when lock_not_available then
      return false;
    end;
  end if;
  perform from private.send_lanes l where l.campaign_id = turn.campaign_id for no key update skip locked;
  return found and pg_try_advisory_xact_lock(owner_lock);
end
$$;

-- How many messages to take: not more than a quarter of a second's worth at a limited rate, and one by one while Twilio
-- is in trouble.
create function private.messages_of_a_take(sender private.senders, turn private.turn, at_most integer) returns integer
language plpgsql immutable
set search_path = ''
as $$
begin
  if sender.troubles > 0 then
    return 1;
  end if;
  -- least leaves nulls out.
  return greatest(1, least(at_most, floor(sender.segments_per_second * 0.25 / turn.segments)));
end
$$;

-- Those whose messages were taken off a campaign's work who may still be texted; null if nobody may. Deleted customers
-- took their messages with them. Side effect: the others' messages fail, each with its reason; those that somebody else has
-- locked wait among the retries.
create function private.who_may_be_texted(turn private.turn, work private.work, moment timestamp with time zone) returns integer[]
language plpgsql volatile
set search_path = ''
as $$
declare
  good integer[];
  bad uuid[];
  reasons text[];
  free uuid[];
  free_reasons text[];
  requires_consent constant boolean := (select k.requires_consent from public.campaigns k where k.id = turn.campaign_id);
begin
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
        when s.is_suppressed then 'suppressed'
        when requires_consent and m.customer_id is not null and not exists (
          select from private.numbers_with_consent(turn.owner_id) n where n.phone = m.phone_number
        ) then 'no_consent'
      end as why_not
    from unnest(work.positions) p (place)
    -- One by one: right after a launch the table has no statistics, and a join would read all of it.
    cross join lateral (
      select * from public.campaign_messages k
      where k.campaign_id = turn.campaign_id and k.position = p.place
      limit 1
    ) m
    left join lateral (select k.phone, k.status from public.customers k where k.id = m.customer_id limit 1) c on true
    left join lateral (
      select true as is_suppressed from private.numbers_not_to_text(turn.owner_id) n where n.phone = m.phone_number limit 1
    ) s on true
    where m.status = 'pending'
    offset 0
  ) m;
  if bad is null then
    return good;
  end if;
  select array_agg(f.id), array_agg(b.reason) into free, free_reasons
  from (
    select m.id from public.campaign_messages m where m.id = any (bad) order by m.id for no key update skip locked
  ) f
  join unnest(bad, reasons) b (id, reason) on b.id = f.id;
  begin
    perform private.fail_messages(free, free_reasons);
  exception when lock_not_available then
    -- The campaign, which counts them.
    free := null;
  end;
  insert into private.send_retries (campaign_id, position, quiet_group, due_at)
  select turn.campaign_id, m.position, work.quiet_group, moment + interval '5 seconds'
  from public.campaign_messages m
  where m.id = any (bad) and (m.id = any (free)) is not true
  on conflict on constraint send_retries_pkey do nothing;
  return good;
end
$$;

-- Charges a take to its lane and to its sender's rate.
create function private.charge_take(sender private.senders, turn private.turn, messages integer, moment timestamp with time zone)
returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  update private.send_lanes l
  set served = greatest(l.served, sender.served) + messages * l.segments * turn.owner_lanes
  where l.campaign_id = turn.campaign_id;
  update private.senders s
  set taken_at = moment, served = greatest(s.served, turn.served),
    free_at = case
      when s.segments_per_second is null then s.free_at
      else greatest(s.free_at, moment - interval '0.5 seconds')
        + make_interval(secs => messages * turn.segments / s.segments_per_second)
    end,
    -- A probe is under way: the others wait for its answer.
    held_until = case when s.troubles > 0 then moment + interval '15 seconds' else s.held_until end,
    probing = s.troubles > 0
  where s.id = sender.id;
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
  where not exists (select from private.stopped_accounts a where a.user_id = c.user_id)
$$;

grant execute on function private.take_messages(text, integer, interval) to service_role;
