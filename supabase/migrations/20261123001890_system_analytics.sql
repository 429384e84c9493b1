-- The system's analytics, for admins: accounts, queues, senders, failures, and whose limits are near their end.

-- Raises PT403 `admin_required`; else as public.account_analytics. Costs are at the default price. Failures are by days of
-- UTC, as the senders' are.
create function public.admin_analytics(
  from_time text default null, to_time text default null, "interval" text default 'day', time_zone text default null
) returns json
language plpgsql stable security definer
set search_path = ''
set jit = off
as $$
#variable_conflict use_column
declare
  zone constant text := private.checked_time_zone(admin_analytics.time_zone);
  unit constant text := coalesce(admin_analytics."interval", 'day');
  moment constant timestamp with time zone := private.clock();
  price constant numeric := (select d.price_per_segment from private.default_limits d);
  near_its_end constant numeric := 0.8;
  period record;
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only administrators may do this.';
  end if;
  select * into period from private.period_of(from_time, to_time, unit, zone);
  return jsonb_build_object(
    'from', private.instant(period.first), 'to', private.instant(period.until), 'interval', unit, 'time_zone', zone,
    'price_per_segment', price,
    'accounts', (
      select jsonb_build_object(
        'approved', count(*) filter (where p.status = 'approved'), 'pending', count(*) filter (where p.status = 'pending'),
        'rejected', count(*) filter (where p.status = 'rejected'),
        'new', count(*) filter (where p.created_at >= period.first and p.created_at < period.until)
      )
      from public.user_profiles p where p.deleted_at is null
    ),
    'busiest_accounts', (
      select coalesce(jsonb_agg(to_jsonb(b) order by b.sent desc, b.user_id), '[]')
      from (
        select q.user_id, (select u.email from public.user_profiles p join auth.users u on u.id = p.user_id where p.id = q.user_id) as email,
          sum(q.sent)::bigint as sent, sum(q.delivered)::bigint as delivered, sum(q.undelivered)::bigint as undelivered,
          private.share_of(sum(q.delivered), sum(q.delivered) + sum(q.undelivered)) as delivery_rate, sum(q.opted_out)::bigint as opted_out
        from (
          select a.user_id, a.starts_at, a.sent, a.delivered, a.undelivered, a.opted_out from private.account_quarters a
          union all
          select t.user_id, private.quarter_of(t.at), t.sent, t.delivered, t.undelivered, t.opted_out
          from private.account_tallies t where t.user_id is not null
          union all
          select s.user_id, s.starts_at, s.sent, s.delivered, s.undelivered, 0
          from (
            select c.user_id, array_agg(t) as tallies
            from private.message_tallies t join public.campaigns c on c.id = t.campaign_id group by 1
          ) o
          cross join lateral private.account_sums(o.user_id, o.tallies) s
        ) q
        where q.starts_at >= private.quarter_of(period.first) and q.starts_at < period.until
        group by 1
        having sum(q.sent) > 0
        order by 3 desc, 1
        limit 20
      ) b
    ),
    'queues', (
      select jsonb_agg(jsonb_build_object('queue', a.queue, 'waiting', a.waiting, 'oldest_seconds', a.oldest_seconds) order by a.queue)
      from private.queue_ages() a
    ),
    'senders', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'id', s.id, 'phone_number', s.phone_number, 'messaging_service_sid', s.messaging_service_sid, 'is_default', s.is_default,
          'held_until', case when s.held_until > moment then private.instant(s.held_until) end, 'hold_reason', s.hold_reason,
          'sent', f.sent, 'delivered', f.delivered, 'failed', f.failed, 'opted_out', f.opted_out,
          'delivery_rate', private.share_of(f.delivered, f.delivered + f.failed)
        )
        order by s.is_default desc, s.created_at, s.id
      ), '[]')
      from private.senders s
      cross join lateral (
        select coalesce(sum(d.sent), 0) as sent, coalesce(sum(d.delivered), 0) as delivered, coalesce(sum(d.failed), 0) as failed,
          coalesce(sum(d.opted_out), 0) as opted_out
        from private.sender_figures(s.id, (period.first at time zone 'UTC')::date, ((period.until - interval '1 microsecond') at time zone 'UTC')::date) d
      ) f
    ),
    'failures', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'error_code', f.error_code, 'messages', f.n, 'share', private.share_of(f.n, f.ended)
      ) order by f.n desc, f.error_code), '[]')
      from (
        select d.error_code, sum(d.n) filter (where d.kind = 'failed') as n, sum(sum(d.n)) over () as ended
        from private.sender_days d
        where d.kind in ('delivered', 'failed') and d.day between (period.first at time zone 'UTC')::date
          and ((period.until - interval '1 microsecond') at time zone 'UTC')::date
        group by 1
      ) f
      where f.n > 0
    ),
    'limits_near_end', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'user_id', l.user_id, 'email', l.email, 'limit', d.name, 'value', d.value, 'used', d.used, 'share', private.share_of(d.used, d.value)
      ) order by d.used / d.value desc, l.user_id, d.name), '[]')
      from (
        select n.user_id, (select u.email from public.user_profiles p join auth.users u on u.id = p.user_id where p.id = n.user_id) as email
        from private.launches n
        where n.launched_at >= date_trunc('day', moment, 'UTC')
        group by 1
      ) l
      cross join lateral private.daily_limits(l.user_id, 0, 0, moment) d
      where d.value > 0 and d.used >= near_its_end * d.value
    )
  ) || private.figures_over_time(null, period.first, period.until, unit, zone, price);
end
$$;
grant execute on function public.admin_analytics(text, text, text, text) to authenticated, service_role;
