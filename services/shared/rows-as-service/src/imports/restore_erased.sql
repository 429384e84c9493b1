-- Suppresses again those of the file's new numbers that were suppressed when their person was erased.
-- Side effects: see private.restore_erased_suppressions.
select private.restore_erased_suppressions(array(
  select distinct s.phone collate "C" from pg_temp.staged_customers s
  where s.phone is not null and not exists (select from public.customers c where c.phone = s.phone)
))
