-- The first $3 customers of the file as an import for $1 would store them ($2: known ones are skipped). Changes nothing.
select json_build_object(
  'row', f.row,
  'action', case
    when c.id is null then 'insert'
    when $2 then 'unchanged'
    when (c.first_name, c.last_name, c.email, c.state, c.status) is not distinct from (
      coalesce(s.first_name, c.first_name), coalesce(s.last_name, c.last_name), coalesce(s.email, c.email),
      coalesce(s.state, c.state),
      case when c.status = 'inactive' then c.status else coalesce(f.status, c.status) end
    )
      and c.tags @> coalesce(s.tags, '{}') and c.attributes @> coalesce(s.attributes, '{}') then 'unchanged'
    else 'update'
  end,
  'customer', json_build_object(
    'phone', f.phone,
    'first_name', coalesce(s.first_name, c.first_name),
    'last_name', coalesce(s.last_name, c.last_name),
    'email', coalesce(s.email, c.email),
    'state', coalesce(s.state, c.state),
    'status', case when c.status = 'inactive' then c.status else coalesce(f.status, c.status, 'active') end,
    'inactive_reason', case when c.status = 'inactive' then c.inactive_reason else f.inactive_reason end,
    'tags', private.with_tags(coalesce(c.tags, '{}'), coalesce(s.tags, '{}')),
    'attributes', coalesce(c.attributes, '{}') || coalesce(s.attributes, '{}')
  )
)
from (
  select * from pg_temp.staged_customers n where n.phone is not null order by n.row limit $3
) f
-- Only what is the caller's own: another account's numbers are new to a dry run.
left join public.customers c on c.phone = f.phone and c.user_id = $1
-- Of a known customer that is skipped nothing is taken but a "no".
left join lateral (
  select f.first_name, f.last_name, f.email, f.state, f.tags, f.attributes
) s on c.id is null or not $2
order by f.row
