-- Makes every staged row of a number inactive of which any row says that it must not be texted; that may also be a
-- row that is rejected for something else. Returns how many such numbers there are.
-- Side effect: the rows of the staging table.
with said_no as (
  select distinct coalesce(s.phone, s.said ->> 'phone') collate "C" as phone
  from pg_temp.staged_customers s
  where s.consent is false
),
marked as (
  update pg_temp.staged_customers s
  set status = 'inactive', suppressed_for = 'declined', inactive_reason = 'declined'
  from said_no n
  where s.phone = n.phone
)
select count(*) from said_no
