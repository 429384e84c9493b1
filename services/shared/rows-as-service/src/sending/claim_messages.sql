-- Claims messages for one attempt. Side effects: attempted_at, attempts and the text that goes out are set.
-- What others claimed, what has an outcome, whom nobody may text any more and what belongs to a
-- campaign that was stopped is left out. Rows are locked in the order of their ids, as everybody does.
with locked as (
  select m.id from public.campaign_messages m
  where m.id = any ($1::uuid[])
  order by m.id
  for no key update
)
update public.campaign_messages m
set attempted_at = clock_timestamp(), attempts = m.attempts + 1, message_body = r.body, segments = r.segments
from unnest($1::uuid[], $2::text[], $3::smallint[]) r (id, body, segments),
  locked l, public.campaigns k, public.customers c
where m.id = r.id and l.id = m.id and m.status = 'pending' and m.attempted_at is null
  and k.id = m.campaign_id and k.status = 'sending'
  and c.id = m.customer_id and c.status = 'active'
returning m.id, m.attempts
