-- Marks the staged rows that a later one with the same phone replaces. Changes only the staging table.
update pg_temp.staged_customers s
set is_replaced = true
from (
  select r.row, lead(r.row) over (partition by r.phone order by r.row) is not null as is_replaced
  from pg_temp.staged_customers r
  where r.phone is not null
) l
where s.row = l.row and l.is_replaced and not s.is_replaced
