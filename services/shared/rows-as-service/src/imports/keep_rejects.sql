-- Keeps the rows that were not imported with import $1: those that were staged as rejects, and those
-- of $2's whose phone is another account's, of which a dry run ($5) says nothing. $3 says, by column of the file, which field is filled from it.
-- Side effect: rows of public.customer_import_rejects.
insert into public.customer_import_rejects (import_id, row, column_name, code, detail, cells)
select $1, s.row, s.reject ->> 'column', s.reject ->> 'code', s.reject ->> 'detail',
  array(select jsonb_array_elements_text(s.reject -> 'cells'))
from pg_temp.staged_customers s
where s.reject is not null
union all
select $1, u.row, $4, 'phone_unavailable', 'this phone number is not available to this account',
  array(
    select coalesce(
      case
        when f.field = 'consent' then case u.consent when true then 'yes' when false then 'no' end
        when f.field = 'opt_out' then case u.consent when true then 'no' when false then 'yes' end
        when f.field = 'consent_at' then u.said ->> 'at_words'
        when f.field = 'consent_source' then u.said ->> 'source'
        when f.field = 'status' and u.consent is false then 'unsubscribed'
        when f.field = 'tags' then array_to_string(u.tags, ', ')
        when f.field like 'attributes.%' then u.attributes ->> substr(f.field, 12)
        else to_jsonb(u) ->> f.field
      end,
      ''
    )
    from unnest($3::text[]) with ordinality f (field, position)
    order by f.position
  )
from (
  select distinct on (c.id) s.*
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone
  where c.user_id is distinct from $2 and not $5
  order by c.id, s.row desc
) u
