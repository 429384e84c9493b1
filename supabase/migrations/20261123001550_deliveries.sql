-- What Twilio's callbacks say of messages. See the locks' order in the file of the tables, "send_work".
--
-- A few callbacks are recorded by the statement that keeps them. Of many at once, the news are kept with them as one row
-- of private.waiting_deliveries and recorded right afterwards, several groups in one statement: starting a statement that
-- updates messages, suppressions, tallies and campaigns costs as much as recording fifty callbacks, and the next group
-- needs not wait for it.
--
-- Nothing here writes or locks customers, and nothing waits long for what somebody else has locked, a deletion of a
-- hundred thousand customers for instance: what is locked is put off (see private.waiting_deliveries), and the others go on.

-- What a callback says of a message: Twilio's status is sent, delivered or failed. `message_id` is ours, where the callback's
-- URL named one.
create type private.delivery_news as (
  message_id uuid, sid text, status text, reason text, error_code integer, error_message text, suppress boolean
);

-- News that are kept and not recorded yet, a row for each group of callbacks: of many at once for some milliseconds, and
-- what could not be recorded because somebody had locked the message or its campaign until they let go. Whoever wrote it has
-- answered for them: they are durable, and are recorded by another process if its own is gone. No triggers.
create table private.waiting_deliveries (
  id bigint generated always as identity primary key,
  news private.delivery_news[] not null,
  put_off boolean not null default false,
  since timestamp with time zone not null default clock_timestamp()
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table private.waiting_deliveries enable row level security;
-- Compressing what is read once takes longer than writing it.
alter table private.waiting_deliveries alter column news set storage external;
comment on column private.waiting_deliveries.put_off is 'because somebody had locked what they are about';
grant select, insert, delete on private.waiting_deliveries to service_role;

-- Records news, at most one of each sid; whoever calls sorts them by the messages' ids, so that groups side by side lock in
-- the same order.
-- Side effects: statuses rise, times and errors are set, numbers that must not be texted are suppressed, the
-- tallies and the campaigns' counters grow, which may end or pause a campaign.
-- Late and repeated news changes nothing. A callback may come before the answer to the create request: then it brings
-- the sid. Returns how many messages changed.
-- What is locked for longer than a quarter of a second raises 55P03, and nothing is recorded; with `put_off_locked`, nothing is
-- waited for: news of locked messages, and of messages of locked campaigns, goes to private.waiting_deliveries. With
-- `count_later`, campaigns are neither locked nor updated: see private.campaign_tallies.
create function private.record_deliveries(
  news private.delivery_news[], put_off_locked boolean default false, count_later boolean default false
) returns integer
language plpgsql volatile security definer
set search_path = ''
-- As the functions of sending do, and for the same reason.
set enable_seqscan = off
set jit = off
-- Postgres takes a plan for these very news to be cheaper, and makes all of its plans anew for each call: for a single
-- callback that is half of the work.
set plan_cache_mode = force_generic_plan
set lock_timeout = '250ms'
as $$
declare
  has_unnamed boolean;
  has_unwanted boolean;
  unwanted private.delivery_news[];
  changed integer;
begin
  select bool_or(n.message_id is null), bool_or(n.suppress) into has_unnamed, has_unwanted from unnest(news) n;
  if has_unnamed then
    news := private.with_messages_of_sids(news);
  end if;
  if has_unwanted then
    -- Before those are left out whose message is deleted.
    unwanted := array(select (n.*)::private.delivery_news from unnest(news) n where n.suppress);
  end if;
  if put_off_locked then
    news := private.put_off_locked_deliveries(news, count_later);
  end if;
  if has_unwanted then
    perform private.suppress_undeliverable(news, unwanted);
  end if;
  changed := private.raise_statuses(news, count_later);
  -- Mostly everything has changed. If not, a message may not know its sid yet; or it has got it since we looked, or gets
  -- it this moment, from whoever records the answer to the create request: they are waited for. What may still change is
  -- asked for as a whole: whatever the answer's writer does between our statements, one of them sees it.
  if changed < cardinality(news) and exists (
    select from unnest(news) n
    join public.campaign_messages m on m.id = n.message_id
    where coalesce(m.twilio_sid, n.sid) = n.sid and (m.status = 'pending' or (m.status = 'sent' and n.status <> 'sent'))
  ) then
    perform from public.campaign_messages m
    where m.id in (select n.message_id from unnest(news) n) and m.twilio_sid is null and m.status in ('pending', 'sent')
    order by m.id
    for no key update;
    perform private.adopt_sids(news);
    changed := changed + private.raise_statuses(news, count_later);
  end if;
  return changed;
end
$$;

-- The same news in the same order, each with the message that has its sid where no callback's URL named one.
create function private.with_messages_of_sids(news private.delivery_news[]) returns private.delivery_news[]
language sql stable
set search_path = ''
as $$
  select array_agg((
    coalesce(n.message_id, (select m.id from public.campaign_messages m where m.twilio_sid = n.sid)),
    n.sid, n.status, n.reason, n.error_code, n.error_message, n.suppress
  )::private.delivery_news order by n.place)
  from unnest(news) with ordinality n (message_id, sid, status, reason, error_code, error_message, suppress, place)
$$;

-- Raises the statuses of messages that have these sids, and counts what changed: in their campaigns, and in the tallies of
-- their senders and of the analytics. It counts from what the update returns: the trigger that compares the rows before and after every
-- other statement takes as long as the update. Returns how many messages changed.
create function private.raise_statuses(news private.delivery_news[], count_later boolean) returns integer
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
  -- The rows are found, and thereby locked, in the order of `news`.
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
    from unnest(news) n
    -- Not `=`, or the index of the sids would be used: comparing texts takes longer than comparing ids.
    where m.id = n.message_id and m.twilio_sid is not distinct from n.sid
      and (m.status = 'pending' or (m.status = 'sent' and n.status <> 'sent'))
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
    select l.sender_id, moment, c.status, c.error_code, c.n
    from counted c
    join private.send_lanes l on l.campaign_id = c.campaign_id
    where c.status <> 'sent'
  ),
  -- What there is more of, and what there is fewer of for that.
  tallied_messages as (
    insert into private.message_tallies
      (campaign_id, status, reason, error_code, sent_minute, delivered_minute, n, segments, states, state_counts)
    select c.campaign_id, t.status, t.reason, t.error_code, t.sent_minute, t.delivered_minute, t.n, t.segments, c.states,
      t.state_counts
    from counted c cross join lateral (values
      (c.status, c.reason, c.error_code, c.sent_minute, case c.status when 'delivered' then private.minute_of(moment) end,
        c.n, c.segments, c.more),
      (case when c.was_unsent then 'pending' else 'sent' end, null, null, case when not c.was_unsent then c.sent_minute end, null,
        -c.n, case when c.was_unsent then 0 else -c.segments end, c.fewer)
    ) t (status, reason, error_code, sent_minute, delivered_minute, n, segments, state_counts)
  )
  select sum(k.n) filter (where k.n > 0), array_agg(k::private.message_count) into changed, counts
  from (
    select c.campaign_id, c.status, c.reason, true as was_sent, c.n from counted c
    union all
    select c.campaign_id, case when c.was_unsent then 'pending' else 'sent' end, null, not c.was_unsent, -c.n from counted c
  ) k;
  perform set_config('dnwerks.messages_are_counted', '', true);
  if count_later then
    perform private.count_messages_later(counts);
  else
    perform private.count_messages(counts);
  end if;
  return coalesce(changed, 0);
end
$$;

-- Gives messages their sid whose callback was faster than the answer to the create request, or of which a person has said
-- that Twilio has them. A sid of an earlier attempt must not settle a new one, and none is ever given to two messages.
create function private.adopt_sids(news private.delivery_news[]) returns void
language sql volatile
set search_path = ''
as $$
  update public.campaign_messages m
  set twilio_sid = n.sid, updated_at = now()
  from (
    select distinct on (u.message_id) u.message_id as id, u.sid
    from unnest(adopt_sids.news) u
    where not exists (select from private.message_attempts a where a.sid = u.sid)
      and not exists (select from public.campaign_messages o where o.twilio_sid = u.sid)
    order by u.message_id
  ) n
  where m.id = n.id and m.twilio_sid is null and m.status in ('pending', 'sent')
$$;

-- Suppresses the numbers of messages that can't be delivered for a lasting reason: of those that `news` has, and of deleted
-- ones that `unwanted` has, for whoever imports their number again.
create function private.suppress_undeliverable(news private.delivery_news[], unwanted private.delivery_news[]) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- The messages first, then in the order of the numbers, as whoever records outcomes does.
  perform from public.campaign_messages m
  where m.id in (select n.message_id from unnest(news) n where n.suppress)
  order by m.id
  for no key update;
  insert into private.suppressions (phone, reason, source, evidence)
  select r.phone_number, r.reason, 'twilio', jsonb_build_object('message_id', r.message_id, 'error_code', r.error_code)
  from (
    select m.phone_number, n.reason, m.id as message_id, n.error_code, m.twilio_sid, n.sid
    from unnest(news) n
    join public.campaign_messages m on m.id = n.message_id
    where n.suppress
    union all
    select d.phone_number, n.reason, d.message_id, n.error_code, d.twilio_sid, n.sid
    from unnest(unwanted) n
    join private.message_archive d on d.message_id = n.message_id
  ) r
  where r.phone_number is not null
    and coalesce(r.twilio_sid, r.sid) = r.sid
    and not exists (select from private.message_attempts a where a.sid = r.sid)
  order by r.phone_number
  on conflict do nothing;
end
$$;

-- Puts off news of messages that somebody has locked, or, unless they are counted later, whose campaign somebody has
-- locked; the locks of all others are ours afterwards. Returns the others, in the same order.
create function private.put_off_locked_deliveries(news private.delivery_news[], count_later boolean)
returns private.delivery_news[]
language plpgsql volatile
set search_path = ''
as $$
declare
  free uuid[];
begin
  select array_agg(f.id) into free from (
    select m.id from public.campaign_messages m
    where m.id in (select n.message_id from unnest(news) n)
    order by m.id
    for no key update skip locked
  ) f;
  if not count_later then
    select array_agg(m.id) into free
    from public.campaign_messages m
    where m.id = any (free) and (m.campaign_id is null or m.campaign_id in (
      select c.id from public.campaigns c
      where c.id in (select k.campaign_id from public.campaign_messages k where k.id = any (free))
      order by c.id
      for no key update skip locked
    ));
  end if;
  free := coalesce(free, '{}');
  insert into private.waiting_deliveries (news, put_off)
  select array_agg((n.*)::private.delivery_news), true
  from unnest(news) n
  join public.campaign_messages m on m.id = n.message_id
  where n.message_id <> all (free)
  having count(*) > 0;
  return array(
    select (n.message_id, n.sid, n.status, n.reason, n.error_code, n.error_message, n.suppress)::private.delivery_news
    from unnest(news) with ordinality n (message_id, sid, status, reason, error_code, error_message, suppress, place)
    where n.message_id = any (free)
    order by n.place
  );
end
$$;

-- Records the news of the groups that wait, the oldest first, from the id `since_group` on: those of at least one group, and of no more
-- once `at_most` are reached. Who knows the first saves the look at those that are gone, which are slow to pass while a long
-- transaction runs. With `also_put_off`, those that were put off and those that nobody has recorded for two seconds: of what is just being
-- recorded the campaign is locked, and would be put off. What somebody else is recording is left to them. Campaigns are
-- counted later; with `also_put_off`, at once. Locks as private.record_deliveries, and raises the same. Returns how many groups it recorded, and the first that still waits
-- without having been put off.
create function private.record_waiting_deliveries(
  put_off_locked boolean, also_put_off boolean, at_most integer, since_group bigint default 0, out recorded integer,
  out oldest bigint
)
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  with waiting as materialized (
    select w.id, w.news from private.waiting_deliveries w
    where w.id >= since_group
      and case when also_put_off then w.put_off or w.since < clock_timestamp() - interval '2 seconds' else not w.put_off end
    order by w.id
    limit 64
    for update skip locked
  ),
  taken as materialized (
    select u.id, u.news
    from (select w.id, w.news, sum(cardinality(w.news)) over (order by w.id) - cardinality(w.news) as before from waiting w) u
    where u.before < at_most
  ),
  gone as (
    delete from private.waiting_deliveries d using taken t where d.id = t.id
  ),
  -- One of each message: the highest, and of two final ones the first; with our id if it can be had.
  folded as (
    select (f.message_id, f.sid, f.status, f.reason, f.error_code, f.error_message, f.suppress)::private.delivery_news as news
    from (
      select distinct on (n.sid collate "C") n.sid, n.status, n.reason, n.error_code, n.error_message, n.suppress,
        coalesce(n.message_id, (
          select k.message_id from taken o cross join unnest(o.news) k where k.sid = n.sid and k.message_id is not null limit 1
        )) as message_id
      from taken t cross join unnest(t.news) n
      order by n.sid collate "C", n.status = 'sent', t.id
    ) f
    order by f.message_id
  ),
  done as materialized (
    select private.record_deliveries(array_agg(f.news), put_off_locked, not also_put_off) from folded f having count(*) > 0
  )
  select count(*) into recorded from taken left join done on true;
  oldest := (select min(w.id) from private.waiting_deliveries w where w.id >= since_group and not w.put_off);
end
$$;

-- Records the news of the first group that waits one by one, and drops those that the database refuses, so that they
-- hold up nobody: their callbacks are kept, and what they said is found again in Twilio's list. Returns how many it dropped.
create function private.record_waiting_deliveries_singly() returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  one private.delivery_news;
  refused integer := 0;
begin
  for one in
    with gone as (
      delete from private.waiting_deliveries d
      where d.id = (select w.id from private.waiting_deliveries w order by w.id limit 1 for update skip locked)
      returning d.news
    )
    select n.* from gone g cross join unnest(g.news) n order by n.message_id
  loop
    begin
      perform private.record_deliveries(array[one], true);
    exception
      -- Somebody's lock is no refusal: the group waits on.
      when lock_not_available or deadlock_detected then
        raise;
      when others then
        refused := refused + 1;
    end;
  end loop;
  return refused;
end
$$;

grant execute on function
  private.record_deliveries(private.delivery_news[], boolean, boolean),
  private.record_waiting_deliveries(boolean, boolean, integer, bigint),
  private.record_waiting_deliveries_singly()
  to service_role;
