-- Records what Twilio says of messages. Side effects: statuses rise, times and errors are set,
-- customers who must not be texted become inactive; the counters' trigger may end the campaign.
-- A callback may come before the answer to the create request: then it brings the sid.
with news as (
  select
    coalesce(n.message_id, (select k.id from public.campaign_messages k where k.twilio_sid = n.sid)) as id,
    n.sid, n.status, n.error_code, n.error_message, n.suppress
  from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::boolean[])
    n (message_id, sid, status, error_code, error_message, suppress)
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
    sent_at = coalesce(m.sent_at, now()),
    delivered_at = case when n.status = 'delivered' then now() else m.delivered_at end,
    error_code = coalesce(n.error_code, m.error_code),
    error_message = coalesce(n.error_message, m.error_message)
  from news n join locked l on l.id = n.id
  where m.id = n.id
    and (m.twilio_sid is null or m.twilio_sid = n.sid)
    and (m.status = 'pending' or (m.status = 'sent' and n.status <> 'sent'))
  returning m.customer_id, n.suppress
),
suppressed as (
  update public.customers c
  set status = 'inactive'
  from recorded r
  where c.id = r.customer_id and r.suppress and c.status = 'active'
)
select count(*) as "changed!" from recorded
