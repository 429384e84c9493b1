-- What a person is told about their own account: the address, and the limits in force with what is used of them today.
select
  u.email as "email?",
  l.messages_per_day as "messages_per_day?", l.segments_per_day as "segments_per_day?",
  l.cost_per_day::float8 as "cost_per_day?", l.price_per_segment::float8 as "price_per_segment!",
  l.countries as "countries?",
  t.messages as "messages_today!", t.segments as "segments_today!",
  (t.segments * l.price_per_segment)::float8 as "cost_today!"
from public.user_profiles p
left join private.auth_accounts u on u.id = p.user_id
cross join lateral private.limits_of(p.id, private.clock()) l
cross join lateral private.used_today(p.id, private.clock()) t
where p.id = $1
