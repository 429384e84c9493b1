-- Records what became of one attempt each. Side effects: messages are sent, failed, or free to be
-- claimed again; customers who must not be texted become inactive; the counters' trigger may end
-- the campaign. A callback that was faster, and a newer attempt, win. Rows are locked in the order of
-- their ids, as everybody does.
with locked as (
  select m.id from public.campaign_messages m
  where m.id = any ($1::uuid[])
  order by m.id
  for no key update
),
outcome as (
  select *
  from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::boolean[])
    o (id, attempts, outcome, sid, error_code, error_message, suppress)
),
recorded as (
  update public.campaign_messages m
  set
    status = case when m.status = 'pending' and o.outcome <> 'released' then o.outcome else m.status end,
    attempted_at = case when o.outcome = 'released' then null else m.attempted_at end,
    twilio_sid = case
      when m.twilio_sid is not null or o.sid is null then m.twilio_sid
      when exists (select from public.campaign_messages other where other.twilio_sid = o.sid) then null
      else o.sid
    end,
    sent_at = case when o.outcome = 'sent' then coalesce(m.sent_at, now()) else m.sent_at end,
    error_code = coalesce(o.error_code, m.error_code),
    error_message = coalesce(o.error_message, m.error_message)
  from outcome o join locked l on l.id = o.id
  where m.id = o.id
    and (
      o.outcome = 'sent'
      or (m.status = 'pending' and m.twilio_sid is null and m.attempts = o.attempts)
    )
  returning m.customer_id, o.suppress
)
update public.customers c
set status = 'inactive'
from recorded r
where c.id = r.customer_id and r.suppress and c.status = 'active'
