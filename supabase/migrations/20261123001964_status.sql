-- How everything stands just now, for `dnwerks status`, which asks every second.

-- Whose profile it is, for operators: the address, or, of one without, the id. Changes nothing.
create function private.name_of_profile(profile_id uuid) returns text
language sql stable security definer
set search_path = ''
as $$
  select coalesce(
    (select u.email from public.user_profiles p join auth.users u on u.id = p.user_id where p.id = profile_id), profile_id::text
  )
$$;

-- {"at", "sending", "processes", "senders", "campaigns", "small_campaigns", "scheduled", "queues", "search_backlog",
-- "imports", "mails", "errors"}. Reads what is open, counters, and the newest rows of records; never all messages, customers
-- or mails. Processes are those that are connected to this database now, as they name themselves. Changes nothing.
create function private.system_status() returns json
language sql stable security definer
set search_path = ''
set jit = off
as $$
  with newest_mails as materialized (
    select * from private.mails m order by m.id desc limit 500
  )
  select json_build_object(
    'at', c.moment,
    'sending', (select json_build_object('stopped_at', s.stopped_at, 'reason', s.reason) from private.sending_switch s),
    'processes', (
      -- Null of another role's, for who may not see more: then a process only shows that it is there.
      select coalesce(json_agg(json_build_object('name', p.name, 'connections', p.n, 'busy', p.busy, 'since', p.since) order by p.name), '[]')
      from (
        select substr(a.application_name, 9) as name, count(*) as n, count(*) filter (where a.state = 'active') as busy,
          min(a.backend_start) as since
        from pg_catalog.pg_stat_activity a
        -- Operators' commands have no place behind their name.
        where a.datname = current_database() and a.application_name like 'dnwerks %@%' and a.backend_type = 'client backend'
        group by 1
      ) p
    ),
    'senders', (
      select coalesce(json_agg(
        private.sender_as_json(s)::jsonb || jsonb_build_object('today', private.sender_day_as_json(s.id, c.today, true), 'alarms', (
          select coalesce(jsonb_agg(a.kind order by a.kind), '[]') from private.sender_alarms a where a.sender_id = s.id and a.day = c.today
        ))
        order by s.is_default desc, s.created_at, s.id
      ), '[]')
      from private.senders s
    ),
    'campaigns', (
      select coalesce(json_agg(json_build_object(
        'id', k.id, 'name', k.name, 'owner', private.name_of_profile(k.user_id), 'status', k.status, 'reason', k.pause_reason,
        'launched_at', k.launched_at, 'total', k.total_recipients, 'sent', k.sent_count, 'delivered', k.delivered_count,
        'failed', k.failed_count, 'pending', k.pending_count, 'under_way', w.under_way, 'in_doubt', w.in_doubt,
        -- While nothing of it is due.
        'waits_until', case when k.status = 'sending' and l.due_at > c.moment and l.due_at < 'infinity' then l.due_at end
      ) order by k.status desc, k.launched_at, k.id), '[]')
      from (
        select * from public.campaigns o
        where o.status in ('sending', 'paused') and o.test_of is null and o.reply_to is null
        order by o.status desc, o.launched_at desc
        limit 100
      ) k
      left join private.send_lanes l on l.campaign_id = k.id
      cross join lateral (
        select coalesce(sum(cardinality(d.positions)) filter (where d.looks = 0 and d.doubt_at > c.moment), 0) as under_way,
          coalesce(sum(cardinality(d.positions)) filter (where d.looks > 0 or d.doubt_at <= c.moment), 0) as in_doubt
        from private.send_claims d where d.campaign_id = k.id
      ) w
    ),
    'small_campaigns', (
      select count(*) from public.campaigns k
      where k.status = 'sending' and (k.test_of is not null or k.reply_to is not null)
    ),
    'scheduled', (
      select json_build_object('campaigns', count(*), 'next_at', min(k.scheduled_at)) from public.campaigns k where k.status = 'scheduled'
    ),
    'queues', (
      select json_agg(json_build_object('queue', q.queue, 'waiting', q.waiting, 'oldest_seconds', q.oldest_seconds) order by q.queue)
      from private.queue_ages() q
    ),
    'search_backlog', (
      select json_build_object('parts', count(*), 'failed', count(b.failed_with)) from private.customer_search_backlog b
    ),
    'imports', (
      select coalesce(json_agg(json_build_object(
        'id', i.id, 'file_name', i.file_name, 'owner', private.name_of_profile(i.user_id), 'phase', i.phase, 'dry_run', i.dry_run,
        'file_bytes', i.file_bytes, 'bytes_read', i.bytes_read, 'rows_read', i.rows_read, 'created_at', i.created_at,
        'updated_at', i.updated_at
      ) order by i.created_at, i.id), '[]')
      from (select * from public.customer_imports r where r.status = 'running' order by r.created_at limit 100) i
    ),
    'mails', (
      select json_build_object(
        'queued', (select count(*) from private.mails m where m.state = 'queued'),
        'recent', count(*), 'sent', count(*) filter (where m.state = 'sent'), 'failed', count(*) filter (where m.state = 'failed'),
        'suppressed', count(*) filter (where m.state = 'suppressed'),
        'paused_until', (select p.paused_until from private.mail_pause p where p.paused_until > now()),
        'pause_reason', (select p.reason from private.mail_pause p where p.paused_until > now())
      )
      from newest_mails m where m.created_at > now() - interval '1 day'
    ),
    'errors', (
      select coalesce(json_agg(json_build_object('at', e.at, 'where', e.place, 'what', e.what) order by e.at desc), '[]')
      from (
        select e.* from (
          select s.taken_at, 'sender ' || coalesce(s.phone_number, s.messaging_service_sid, 'without a number'), s.hold_reason
          from private.senders s where s.hold_reason is not null and s.taken_at > '-infinity'
          union all
          select h.changed_at, 'campaign ' || coalesce(k.name, h.campaign_id::text), concat_ws(': ', h.status, h.reason)
          from (select * from private.campaign_changes n order by n.id desc limit 200) h
          left join public.campaigns k on k.id = h.campaign_id
          where h.status in ('paused', 'failed') and h.reason not in ('owner', 'admin')
          union all
          select i.finished_at, 'import of ' || coalesce(i.file_name, 'a file'), concat_ws(': ', i.failure_code, i.failure_detail)
          from (select * from public.customer_imports n order by n.id desc limit 100) i where i.status = 'failed'
          union all
          select coalesce(m.finished_at, m.first_attempt_at, m.created_at), 'mail ' || m.kind, m.last_error
          from newest_mails m where m.last_error is not null and m.state in ('queued', 'failed')
          union all
          select c.moment, 'search index', 'parts can''t be indexed: ' || max(b.failed_with)
          from private.customer_search_backlog b having count(b.failed_with) > 0
        ) e (at, place, what)
        where e.at > c.moment - interval '1 day'
        order by e.at desc
        limit 10
      ) e
    )
  )
  from (select private.clock() as moment, (private.clock() at time zone 'UTC')::date as today) c
$$;
grant execute on function private.system_status() to service_role;
