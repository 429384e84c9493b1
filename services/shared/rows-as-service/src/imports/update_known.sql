-- Updates the customers that the file names and whose phone exists already, and counts them.
-- Of several rows with one phone the last counts. What is null in the file leaves the stored value
-- alone, an opted-out customer stays so, and an unchanged row is not written. A phone of another
-- tenant is only ever counted.
-- Side effect: rows of public.customers that belong to $1 are updated, unless $2 says skip.
with known as materialized (
  select distinct on (c.id)
    c.id,
    s.row,
    c.user_id is not distinct from $1 as mine,
    (c.first_name, c.last_name, c.email, c.state, c.status) is distinct from (
      coalesce(s.first_name, c.first_name),
      coalesce(s.last_name, c.last_name),
      coalesce(s.email, c.email),
      coalesce(s.state, c.state),
      case when c.status = 'inactive' then c.status else coalesce(s.status, c.status) end
    ) as changed
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone
  order by c.id, s.row desc
), updated as (
  update public.customers c
  set
    first_name = coalesce(s.first_name, c.first_name),
    last_name = coalesce(s.last_name, c.last_name),
    email = coalesce(s.email, c.email),
    state = coalesce(s.state, c.state),
    status = case when c.status = 'inactive' then c.status else coalesce(s.status, c.status) end
  from known k
  join pg_temp.staged_customers s on s.row = k.row
  where c.id = k.id and k.mine and k.changed and not $2
  returning 1
)
select
  (select count(*) from known) as known,
  (select count(*) from known where mine) as mine,
  (select count(*) from updated) as updated,
  array(select k.row from known k where not k.mine order by k.row limit $3) as unavailable_rows
