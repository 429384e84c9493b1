-- Makes every staged row inactive whose number $1 must not text, and says why: of several reasons the one that weighs
-- most, as private.suppression_of does it. Who is inactive in the file already is so by hand, without a reason.
-- Returns how many such numbers there are.
-- Side effect: the rows of the staging table.
with suppressed as materialized (
  select distinct on (s.phone collate "C") s.phone, n.reason
  from pg_temp.staged_customers s
  cross join lateral (
    select x.reason from private.numbers_not_to_text($1) x where x.phone = s.phone
  ) n
  where s.phone is not null
  order by s.phone collate "C", array_position(
    array['opted_out', 'complaint', 'declined', 'likely_revoked', 'listed', 'manual', 'unreachable', 'invalid_number'],
    n.reason
  )
),
marked as (
  update pg_temp.staged_customers s
  set
    status = 'inactive',
    suppressed_for = case when s.suppressed_for = 'declined' and x.reason not in ('opted_out', 'complaint')
      then s.suppressed_for else x.reason end,
    inactive_reason = case
      when s.status = 'inactive' and s.inactive_reason is null then null
      when s.suppressed_for = 'declined' and x.reason not in ('opted_out', 'complaint') then s.suppressed_for
      else x.reason
    end
  from suppressed x
  where s.phone = x.phone
)
select count(*) from suppressed
