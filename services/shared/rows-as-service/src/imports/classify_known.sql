-- Counts the file's phones that exist already: in all, of $1, and those of $1 whose customer would
-- differ afterwards. Of several rows with one phone the last counts. Changes nothing.
with known as materialized (
  select distinct on (c.id)
    c.user_id is not distinct from $1 as mine,
    (c.first_name, c.last_name, c.email, c.state, c.status) is distinct from (
      coalesce(s.first_name, c.first_name),
      coalesce(s.last_name, c.last_name),
      coalesce(s.email, c.email),
      coalesce(s.state, c.state),
      case when c.status = 'inactive' then c.status else coalesce(s.status, c.status) end
    )
      or (s.tags is not null and not c.tags @> s.tags)
      or (s.attributes is not null and not c.attributes @> s.attributes) as differs
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone
  order by c.id, s.row desc
)
select
  count(*) as known,
  count(*) filter (where mine) as mine,
  count(*) filter (where mine and differs) as differing
from known
