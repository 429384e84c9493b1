-- Counts the staged rows whose phone exists already: in all, of $1, and those of $1 whose customer would differ
-- afterwards. Where no phone is staged twice, these are the counts of classify_known.sql, without its sort.
-- Changes nothing.
select
  count(*) as known,
  count(*) filter (where k.mine) as mine,
  count(*) filter (where k.mine and k.differs) as differing
from (
  select
    c.user_id is not distinct from $1 as mine,
    c.first_name is distinct from coalesce(s.first_name, c.first_name)
      or c.last_name is distinct from coalesce(s.last_name, c.last_name)
      or c.email is distinct from coalesce(s.email, c.email)
      or c.state is distinct from coalesce(s.state, c.state)
      or (c.status is distinct from 'inactive' and c.status is distinct from coalesce(s.status, c.status))
      or (s.tags is not null and not c.tags @> s.tags)
      or (s.attributes is not null and not c.attributes @> s.attributes) as differs
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone
) k
