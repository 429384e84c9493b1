-- The first $3 customers of the file as an import for $1 would store them ($2: known ones are skipped). Changes nothing.
select json_build_object(
  'row', s.row,
  'action', case
    when c.id is null then 'insert'
    when c.user_id is distinct from $1 then 'unavailable'
    when $2 then 'unchanged'
    when (c.first_name, c.last_name, c.email, c.state, c.status) is not distinct from (
      coalesce(s.first_name, c.first_name), coalesce(s.last_name, c.last_name), coalesce(s.email, c.email),
      coalesce(s.state, c.state),
      case when c.status = 'inactive' then c.status else coalesce(s.status, c.status) end
    )
      and c.tags @> coalesce(s.tags, '{}') and c.attributes @> coalesce(s.attributes, '{}') then 'unchanged'
    else 'update'
  end,
  'customer', json_build_object(
    'phone', s.phone,
    'first_name', coalesce(s.first_name, m.first_name),
    'last_name', coalesce(s.last_name, m.last_name),
    'email', coalesce(s.email, m.email),
    'state', coalesce(s.state, m.state),
    'status', case when m.status = 'inactive' then m.status else coalesce(s.status, m.status, 'active') end,
    'inactive_reason', case when m.status = 'inactive' then m.inactive_reason else s.inactive_reason end,
    'tags', private.with_tags(coalesce(m.tags, '{}'), coalesce(s.tags, '{}')),
    'attributes', coalesce(m.attributes, '{}') || coalesce(s.attributes, '{}')
  )
)
from (
  select * from pg_temp.staged_customers f where f.phone is not null order by f.row limit $3
) s
left join public.customers c on c.phone = s.phone
-- What the caller may know of a known customer: only what is its own, and not where it is skipped.
left join public.customers m on m.phone = s.phone and m.user_id = $1
order by s.row
