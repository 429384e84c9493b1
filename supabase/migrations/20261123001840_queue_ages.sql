-- What waits, for metrics: how much, and for how long.

-- One row for each queue: what is due in it, and for how many seconds the first has been. Reads only what is open, never
-- all messages or mails of all times; send workers ask every 15 s.
create function private.queue_ages() returns table (queue text, waiting bigint, oldest_seconds bigint)
language sql stable security definer
set search_path = ''
set jit = off
as $$
  with due (queue, n, age) as (
    -- What may go out now; of a range, since its window opened.
    select 'messages', w.n, private.clock() - w.since
    from private.send_lanes l
    join public.campaigns c on c.id = l.campaign_id and c.status = 'sending'
    cross join lateral (
      select r.last - r.next + 1, r.due_at from private.send_ranges r
      where r.campaign_id = l.campaign_id and r.due_at <= private.clock()
      union all
      select count(*), min(t.due_at) from private.send_retries t
      where t.campaign_id = l.campaign_id and t.due_at <= private.clock()
    ) w (n, since)
    where l.due_at < 'infinity'
    union all
    -- Looked at before, or not looked at in time.
    select 'doubts', cardinality(d.positions), private.clock() - d.claimed_at from private.send_claims d
    where d.looks > 0 or d.doubt_at <= private.clock()
    union all
    select 'campaigns', 1, private.clock() - c.scheduled_at from public.campaigns c
    where c.status = 'scheduled' and c.scheduled_at <= private.clock()
    union all
    select 'mails', 1, now() - m.due_at from private.mails m where m.state = 'queued' and m.due_at <= now()
    union all
    select 'password_resets', 1, now() - r.requested_at from private.password_reset_requests r
    union all
    select 'late_callbacks', cardinality(w.news), now() - w.since from private.waiting_deliveries w
  )
  select q.name, coalesce(sum(d.n), 0)::bigint,
    coalesce(extract(epoch from max(d.age) filter (where d.n > 0)), 0)::bigint
  from unnest(array['messages', 'doubts', 'campaigns', 'mails', 'password_resets', 'late_callbacks']) q (name)
  left join due d on d.queue = q.name
  group by q.name
$$;
grant execute on function private.queue_ages() to service_role, dnwerks_send_worker;
