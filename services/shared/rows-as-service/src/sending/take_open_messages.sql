-- Messages that Twilio took and of which nothing was heard since. Side effect: updated_at moves.
-- Found through their campaigns: an index of open messages would cost every callback more than this costs now and then.
with open as (
  select m.id
  from public.campaigns k
  join public.campaign_messages m on m.campaign_id = k.id
  where k.launched_at > now() - interval '2 days' and k.sent_count > k.delivered_count
    and m.status = 'sent' and m.twilio_sid is not null and m.updated_at < now() - $1::interval
  limit $2
  for no key update of m skip locked
)
update public.campaign_messages m
set updated_at = clock_timestamp()
from open o
where m.id = o.id
returning m.id, m.twilio_sid as "sid!"
