-- What Twilio's callbacks say of messages. See the locks' order in the file of the tables, "send_work".
--
-- Nothing here writes or locks customers, and nothing waits long for what somebody else has locked, a deletion of a
-- hundred thousand customers for instance: what is locked is put off (see private.late_deliveries), and the others go on.

-- News that could not be recorded at once because somebody had locked the message or its campaign. Whoever recorded the
-- rest answers for them: they are durable. No triggers.
create table private.late_deliveries (
  id bigint generated always as identity primary key,
  message_id uuid not null,
  sid text not null,
  status text not null,
  reason text,
  error_code integer,
  error_message text,
  suppress boolean not null,
  since timestamp with time zone not null default now()
);
alter table private.late_deliveries enable row level security;
grant select, insert, delete on private.late_deliveries to service_role;

-- Records one piece of news for each of `sids`: Twilio's status is sent, delivered or failed. `message_ids` are ours,
-- where the callback's URL named one; whoever calls sorts by them, so that groups side by side lock in the same order.
-- Side effects: statuses rise, times and errors are set, numbers that must not be texted are suppressed, the
-- tallies and the campaigns' counters grow, which may end or pause a campaign.
-- Late and repeated news changes nothing. A callback may come before the answer to the create request: then it brings
-- the sid. Returns how many messages changed.
-- What is locked for longer than a quarter of a second raises 55P03, and nothing is recorded; with `put_off_locked`, nothing is
-- waited for: news of locked messages, and of messages of locked campaigns, goes to private.late_deliveries.
create function private.record_deliveries(
  message_ids uuid[], sids text[], statuses text[], reasons text[], error_codes integer[], error_messages text[],
  suppress boolean[], put_off_locked boolean default false
) returns integer
language plpgsql volatile security definer
set search_path = ''
-- As the functions of sending do, and for the same reason.
set enable_seqscan = off
set jit = off
-- Postgres takes a plan for these very arrays to be cheaper, and makes all of its plans anew for each call: for a single
-- callback that is half of the work.
set plan_cache_mode = force_generic_plan
set lock_timeout = '250ms'
as $$
declare
  ids uuid[] := message_ids;
  changed integer;
begin
  if array_position(ids, null) is not null then
    select array_agg(coalesce(n.id, (select m.id from public.campaign_messages m where m.twilio_sid = n.sid)) order by n.place)
    into ids
    from unnest(message_ids, sids) with ordinality n (id, sid, place);
  end if;
  if put_off_locked then
    ids := private.put_off_locked_deliveries(ids, sids, statuses, reasons, error_codes, error_messages, suppress);
  end if;
  if true = any (suppress) then
    perform private.suppress_undeliverable(ids, sids, reasons, error_codes, suppress);
  end if;
  changed := private.raise_statuses(ids, sids, statuses, reasons, error_codes, error_messages);
  -- Mostly everything has changed. If not, a message may not know its sid yet; or it has got it since we looked, or gets
  -- it this moment, from whoever records the answer to the create request: they are waited for. What may still change is
  -- asked for as a whole: whatever the answer's writer does between our statements, one of them sees it.
  if changed < cardinality(ids) and exists (
    select from unnest(ids, sids, statuses) n (id, sid, status)
    join public.campaign_messages m on m.id = n.id
    where (m.status = 'pending' and coalesce(m.twilio_sid, n.sid) = n.sid)
      or (m.status = 'sent' and n.status <> 'sent' and m.twilio_sid = n.sid)
  ) then
    perform from public.campaign_messages m
    where m.id = any (ids) and m.twilio_sid is null and m.status = 'pending'
    order by m.id
    for no key update;
    perform private.adopt_sids(ids, sids);
    changed := changed + private.raise_statuses(ids, sids, statuses, reasons, error_codes, error_messages);
  end if;
  return changed;
end
$$;

-- Raises the statuses of messages that have these sids, and counts what changed: in their campaigns, and in the tallies of
-- their senders and of the analytics. It counts from what the update returns: the trigger that compares the rows before and after every
-- other statement takes as long as the update. Returns how many messages changed.
create function private.raise_statuses(
  ids uuid[], sids text[], statuses text[], reasons text[], error_codes integer[], error_messages text[]
) returns integer
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  counts private.message_count[];
  changed integer;
begin
  perform set_config('dnwerks.messages_are_counted', 'yes', true);
  -- The rows are found, and thereby locked, in the order of `ids`.
  with changed as (
    update public.campaign_messages m
    set
      status = n.status,
      sent_at = coalesce(m.sent_at, moment),
      delivered_at = case when n.status = 'delivered' then moment else m.delivered_at end,
      reason = n.reason,
      error_code = coalesce(n.error_code, m.error_code),
      error_message = coalesce(n.error_message, m.error_message),
      in_doubt_since = null,
      updated_at = now()
    from unnest(ids, sids, statuses, reasons, error_codes, error_messages)
      n (id, sid, status, reason, error_code, error_message)
    where m.id = n.id and m.twilio_sid = n.sid and (m.status = 'pending' or (m.status = 'sent' and n.status <> 'sent'))
    returning m.campaign_id, m.status, m.reason, m.error_code, m.sent_at = moment as was_unsent,
      private.minute_of(m.sent_at) as sent_minute, m.state, m.segments
  ),
  alike as (
    select c.campaign_id, c.status, case c.status when 'failed' then c.reason end as reason,
      case c.status when 'failed' then c.error_code end as error_code, c.sent_minute, c.was_unsent, c.state,
      count(*)::integer as n, coalesce(sum(c.segments), 0)::integer as segments
    from changed c
    group by 1, 2, 3, 4, 5, 6, 7
  ),
  counted as materialized (
    select a.campaign_id, a.status, a.reason, a.error_code, a.sent_minute, a.was_unsent, sum(a.n)::integer as n,
      sum(a.segments)::integer as segments, array_agg(a.state) as states, array_agg(a.n) as more, array_agg(-a.n) as fewer
    from alike a
    group by 1, 2, 3, 4, 5, 6
  ),
  tallied as (
    insert into private.sender_tallies (sender_id, at, kind, error_code, n)
    select l.sender_id, moment, c.status, c.error_code, sum(c.n)
    from counted c
    join private.send_lanes l on l.campaign_id = c.campaign_id
    where c.status <> 'sent'
    group by 1, 3, 4
  ),
  -- What there is more of, and what there is fewer of for that: as in what is counted below.
  tallied_messages as (
    insert into private.message_tallies
      (campaign_id, status, reason, error_code, sent_minute, delivered_minute, n, segments, states, state_counts)
    select c.campaign_id, c.status, c.reason, c.error_code, c.sent_minute,
      case c.status when 'delivered' then private.minute_of(moment) end, c.n, c.segments, c.states, c.more
    from counted c
    union all
    select c.campaign_id, case when c.was_unsent then 'pending' else 'sent' end, null, null,
      case when not c.was_unsent then c.sent_minute end, null, -c.n, case when c.was_unsent then 0 else -c.segments end,
      c.states, c.fewer
    from counted c
  )
  select sum(k.n) filter (where k.n > 0), array_agg(k::private.message_count) into changed, counts
  from (
    select c.campaign_id, c.status, c.reason, true as was_sent, c.n from counted c
    union all
    select c.campaign_id, case when c.was_unsent then 'pending' else 'sent' end, null, not c.was_unsent, -c.n from counted c
  ) k;
  perform set_config('dnwerks.messages_are_counted', '', true);
  perform private.count_messages(counts);
  return coalesce(changed, 0);
end
$$;

-- Gives messages their sid whose callback was faster than the answer to the create request. A sid of an earlier attempt
-- must not settle a new one, and none is ever given to two messages.
create function private.adopt_sids(ids uuid[], sids text[]) returns void
language sql volatile
set search_path = ''
as $$
  update public.campaign_messages m
  set twilio_sid = n.sid, updated_at = now()
  from (
    select distinct on (u.id) u.id, u.sid
    from unnest(adopt_sids.ids, adopt_sids.sids) u (id, sid)
    where not exists (select from private.message_attempts a where a.sid = u.sid)
      and not exists (select from public.campaign_messages o where o.twilio_sid = u.sid)
    order by u.id
  ) n
  where m.id = n.id and m.twilio_sid is null and m.status = 'pending'
$$;

-- Suppresses the numbers of messages that can't be delivered for a lasting reason.
create function private.suppress_undeliverable(ids uuid[], sids text[], reasons text[], error_codes integer[], suppress boolean[])
returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- The messages first, then in the order of the numbers, as whoever records outcomes does.
  perform from public.campaign_messages m
  where m.id in (select n.id from unnest(ids, suppress) n (id, suppress) where n.suppress)
  order by m.id
  for no key update;
  insert into private.suppressions (phone, reason, source, evidence)
  select m.phone_number, n.reason, 'twilio', jsonb_build_object('message_id', m.id, 'error_code', n.error_code)
  from unnest(ids, sids, reasons, error_codes, suppress) n (id, sid, reason, error_code, suppress)
  join public.campaign_messages m on m.id = n.id
  where n.suppress and m.phone_number is not null
    and coalesce(m.twilio_sid, n.sid) = n.sid
    and not exists (select from private.message_attempts a where a.sid = n.sid)
  order by m.phone_number
  on conflict do nothing;
end
$$;

-- Puts off news of messages that somebody has locked, or whose campaign somebody has locked; the locks of all others are
-- ours afterwards. Returns `ids`, with null for what was put off.
create function private.put_off_locked_deliveries(
  ids uuid[], sids text[], statuses text[], reasons text[], error_codes integer[], error_messages text[], suppress boolean[]
) returns uuid[]
language plpgsql volatile
set search_path = ''
as $$
declare
  free uuid[];
begin
  select array_agg(f.id) into free from (
    select m.id from public.campaign_messages m
    where m.id = any (put_off_locked_deliveries.ids)
    order by m.id
    for no key update skip locked
  ) f;
  select array_agg(m.id) into free
  from public.campaign_messages m
  where m.id = any (free) and (m.campaign_id is null or m.campaign_id in (
    select c.id from public.campaigns c
    where c.id in (select k.campaign_id from public.campaign_messages k where k.id = any (free))
    order by c.id
    for no key update skip locked
  ));
  insert into private.late_deliveries (message_id, sid, status, reason, error_code, error_message, suppress)
  select n.id, n.sid, n.status, n.reason, n.error_code, n.error_message, n.suppress
  from unnest(ids, sids, statuses, reasons, error_codes, error_messages, suppress)
    n (id, sid, status, reason, error_code, error_message, suppress)
  join public.campaign_messages m on m.id = n.id
  where n.id <> all (coalesce(free, '{}'));
  return array(
    select case when n.id = any (free) then n.id end from unnest(ids) with ordinality n (id, place) order by n.place
  );
end
$$;

-- Records what was put off, the oldest first, and puts off again what is still locked. Returns how many are left.
create function private.apply_late_deliveries(at_most integer default 1000) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  recorded integer;
begin
  if not exists (select from private.late_deliveries) then
    return 0;
  end if;
  with taken as (
    delete from private.late_deliveries d
    where d.id in (select l.id from private.late_deliveries l order by l.id limit at_most for update skip locked)
    returning *
  ),
  -- One of each message: the highest, and of two final ones the first.
  folded as (
    select distinct on (t.sid) t.* from taken t order by t.sid, t.status = 'sent', t.id
  )
  select private.record_deliveries(
    array_agg(f.message_id order by f.message_id), array_agg(f.sid order by f.message_id), array_agg(f.status order by f.message_id),
    array_agg(f.reason order by f.message_id), array_agg(f.error_code order by f.message_id),
    array_agg(f.error_message order by f.message_id), array_agg(f.suppress order by f.message_id), true
  )
  into recorded
  from folded f
  having count(*) > 0;
  return (select count(*) from private.late_deliveries);
end
$$;

grant execute on function
  private.record_deliveries(uuid[], text[], text[], text[], integer[], text[], boolean[], boolean),
  private.apply_late_deliveries(integer)
  to service_role;
