-- What is left to do in a batch.
select
  m.id as "id!",
  coalesce(m.phone_number, '') as "phone_number!",
  m.message_body,
  m.attempts as "attempts!",
  extract(epoch from clock_timestamp() - m.attempted_at)::double precision as claimed_seconds_ago,
  coalesce(c.status = 'active', false) as "is_active!",
  c.first_name,
  c.last_name,
  c.email,
  c.state
from public.campaign_messages m
left join public.customers c on c.id = m.customer_id
where m.campaign_id = $1 and m.position between $2 and $3 and m.status = 'pending'
order by m.position
