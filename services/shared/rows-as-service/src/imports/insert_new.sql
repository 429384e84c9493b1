-- Inserts the customers whose phone does not exist yet, in the order of their phones and with ids
-- that ascend ($2 is the first 96 bits of a UUIDv7, a counter the rest), so that both indexes grow
-- from left to right. Of several rows with one phone the last counts.
-- Side effect: new rows in public.customers. A phone that somebody else inserts meanwhile is a
-- unique violation, after which the caller starts over.
insert into public.customers (
  id, user_id, phone, first_name, last_name, email, state, status, tags, attributes, inactive_reason
)
select
  -- From 0x10000000 on, so that the counter always has eight digits.
  ($2 || to_hex(268435456 + row_number() over ()))::uuid,
  $1,
  n.phone,
  n.first_name,
  n.last_name,
  n.email,
  n.state,
  coalesce(n.status, 'active'),
  coalesce(n.tags, '{}'),
  coalesce(n.attributes, '{}'),
  n.inactive_reason
from (
  select distinct on (s.phone collate "C")
    s.phone, s.first_name, s.last_name, s.email, s.state, s.status, s.tags, s.attributes, s.inactive_reason
  from pg_temp.staged_customers s
  where s.phone is not null and not exists (select from public.customers c where c.phone = s.phone)
  order by s.phone collate "C", s.row desc
) n
