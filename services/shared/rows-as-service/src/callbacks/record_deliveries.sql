-- Records what Twilio says of messages. Side effects: statuses rise, times and errors are set, numbers that must
-- not be texted are suppressed; the counters' trigger may end or pause the campaign. Nothing here writes or locks
-- customers. A callback may come before the answer to the create request: then it brings the sid.
with news as (
  select
    coalesce(n.message_id, (select k.id from public.campaign_messages k where k.twilio_sid = n.sid)) as id,
    n.sid, n.status, n.reason, n.error_code, n.error_message, n.suppress
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::boolean[])
    n (message_id, sid, status, reason, error_code, error_message, suppress)
  -- Of an earlier attempt: it must not settle the new one.
  where not exists (select from private.message_attempts a where a.sid = n.sid)
),
-- In the order of their ids, as everybody locks them.
locked as (
  select m.id from public.campaign_messages m
  where m.id = any (select n.id from news n)
  order by m.id
  for no key update
),
recorded as (
  update public.campaign_messages m
  set
    status = n.status,
    twilio_sid = case
      when m.twilio_sid is not null
        or exists (select from public.campaign_messages other where other.twilio_sid = n.sid)
      then m.twilio_sid
      else n.sid
    end,
    sent_at = coalesce(m.sent_at, private.clock()),
    delivered_at = case when n.status = 'delivered' then private.clock() else m.delivered_at end,
    reason = n.reason,
    error_code = coalesce(n.error_code, m.error_code),
    error_message = coalesce(n.error_message, m.error_message),
    in_doubt_since = null,
    updated_at = now()
  from news n join locked l on l.id = n.id
  where m.id = n.id
    and (m.twilio_sid is null or m.twilio_sid = n.sid)
    and (m.status = 'pending' or (m.status = 'sent' and n.status <> 'sent'))
  returning m.id, m.phone_number, n.reason, n.error_code, n.suppress
),
suppressed as (
  insert into private.suppressions (phone, reason, source, evidence)
  select r.phone_number, r.reason, 'twilio', jsonb_build_object('message_id', r.id, 'error_code', r.error_code)
  from recorded r
  where r.suppress and r.phone_number is not null
  order by r.phone_number
  on conflict do nothing
)
select count(*) as "changed!" from recorded
