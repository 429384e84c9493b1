-- Keeps the first $5 rows that were not imported with import $1: those that were staged as rejects, and those of $2's
-- whose phone is another account's. $3 says, by column of the file, which field is filled from it. Returns how many are
-- another account's, and the first $6 of their rows.
-- Side effect: rows of public.customer_import_rejects.
with unavailable as materialized (
  select distinct on (c.id) s.*
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone
  where c.user_id is distinct from $2
  order by c.id, s.row desc
),
rejects as (
  select s.row, s.reject ->> 'column' as column_name, s.reject ->> 'code' as code, s.reject ->> 'detail' as detail,
    array(select jsonb_array_elements_text(s.reject -> 'cells')) as cells
  from pg_temp.staged_customers s
  where s.reject is not null
  union all
  select u.row, $4, 'phone_unavailable', 'this phone number is not available to this account',
    private.cells_of_staged(to_jsonb(u), $3)
  from unavailable u
),
kept as (
  insert into public.customer_import_rejects (import_id, row, column_name, code, detail, cells)
  select $1, r.row, r.column_name, r.code, r.detail, r.cells from rejects r order by r.row limit $5
)
select
  (select count(*) from unavailable) as unavailable,
  array(select u.row from unavailable u order by u.row limit $6) as rows
