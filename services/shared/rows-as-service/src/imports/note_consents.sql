-- Notes what import $2 of $1 says about consent, for private.record_import_consents, unless it is a dry run ($5); and
-- returns how many numbers' holders agreed. $3 holds for every customer of the file, as words, and was said at $4. Of
-- several rows with one number a no counts before a yes, and a later row before an earlier one. A yes is not noted
-- where the number is another account's ($6: there are some), nor where its holder has said no and the file does not
-- tell when they agreed: it would seem to come after.
-- Side effect: rows of private.customer_import_consents.
with word as (
  select distinct on (s.phone collate "C") s.phone, s.row, s.consent, s.said, s.suppressed_for
  from (
    select coalesce(n.phone, n.said ->> 'phone') as phone, n.row, n.consent, n.said, n.suppressed_for
    from pg_temp.staged_customers n
    where n.consent is not null or ($3::jsonb is not null and n.phone is not null)
  ) s
  order by s.phone collate "C", s.consent nulls last, s.row desc
),
verdict as materialized (
  select w.phone, w.row,
    case when w.consent is false then 'revoked' else 'given' end as action,
    case when w.consent is null then $3::jsonb || coalesce(w.said, '{}') else w.said - 'phone' end as said,
    coalesce((w.said ->> 'at')::timestamp with time zone, case when w.consent is null then $4::timestamp with time zone end)
      as happened_at
  from word w
  where w.consent is false or (
    (
      w.suppressed_for is null or w.suppressed_for in ('invalid_number', 'unreachable')
      or (w.said ->> 'at')::timestamp with time zone <= now()
      or (w.consent is null and $4::timestamp with time zone <= now())
    )
    and not (
      $6 and exists (select from public.customers c where c.phone = w.phone and c.user_id is distinct from $1)
    )
  )
),
parts as (
  -- As many as the ledger takes at once.
  select (row_number() over (order by v.phone collate "C") - 1) / 10000 as part,
    (
      v.phone, v.action, v.happened_at, 'import',
      v.said || jsonb_strip_nulls(jsonb_build_object('import_id', i.id, 'file_name', i.file_name, 'row', v.row))
    )::private.new_consent as consent
  from verdict v cross join public.customer_imports i
  where i.id = $2 and not $5
),
noted as (
  insert into private.customer_import_consents (import_id, part, consents)
  select $2, p.part, array_agg(p.consent) from parts p group by p.part
)
select count(*) from verdict v where v.action = 'given'
