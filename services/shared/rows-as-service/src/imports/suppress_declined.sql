-- Suppresses for $1 the numbers of which import $2 says that they must not be texted. $3: the import itself makes the
-- customers inactive, so that apply_suppressions need not; it does not for a row that is rejected.
-- Side effect: rows of private.suppressions.
insert into private.suppressions (phone, user_id, reason, source, evidence, applied)
select d.phone, $1, 'declined', 'import', d.said - 'phone' || jsonb_build_object('import_id', $2::uuid, 'row', d.row),
  $3 and d.is_customer
from (
  select distinct on (s.phone collate "C") s.phone, s.row, s.said, s.is_customer
  from (
    select coalesce(n.phone, n.said ->> 'phone') as phone, n.row, n.said, n.phone is not null as is_customer
    from pg_temp.staged_customers n
    where n.consent is false
  ) s
  order by s.phone collate "C", s.is_customer desc, s.row desc
) d
order by d.phone collate "C"
on conflict do nothing
