-- Updates the customers of $1 that the file names and that would differ. Of several rows with one
-- phone the last counts. What is null in the file leaves the stored value alone, an opted-out
-- customer stays so, and a row that would not change is not written.
-- Side effect: rows of public.customers that belong to $1 are updated.
update public.customers c
set
  first_name = coalesce(s.first_name, c.first_name),
  last_name = coalesce(s.last_name, c.last_name),
  email = coalesce(s.email, c.email),
  state = coalesce(s.state, c.state),
  status = case when c.status = 'inactive' then c.status else coalesce(s.status, c.status) end
from (
  select distinct on (l.phone)
    l.phone, l.first_name, l.last_name, l.email, l.state, l.status
  from pg_temp.staged_customers l
  order by l.phone, l.row desc
) s
where c.phone = s.phone
  and c.user_id = $1
  and (c.first_name, c.last_name, c.email, c.state, c.status) is distinct from (
    coalesce(s.first_name, c.first_name),
    coalesce(s.last_name, c.last_name),
    coalesce(s.email, c.email),
    coalesce(s.state, c.state),
    case when c.status = 'inactive' then c.status else coalesce(s.status, c.status) end
  )
