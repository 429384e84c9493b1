-- Turns the staged rows whose phone is in $1 into rejects, with the codes $2 and the reasons $3 of the
-- same place; $4 says, by column of the file, which field is filled from it, $5 is the phone's header.
-- Side effect: those rows of the staging table have no phone any more.
update pg_temp.staged_customers s
set
  phone = null,
  -- A "no" holds for a number that is not imported, too.
  consent = case when s.consent is false then false end,
  said = case when s.consent is false then coalesce(s.said, '{}') || jsonb_build_object('phone', s.phone) end,
  reject = jsonb_build_object(
    'column', $5::text, 'code', r.code, 'detail', r.detail,
    'cells', private.cells_of_staged(to_jsonb(s), $4)
  )
from unnest($1::text[], $2::text[], $3::text[]) with ordinality r (phone, code, detail, index)
where s.phone = r.phone
returning s.row, r.index
