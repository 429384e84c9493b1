-- Turns the staged rows after which a customer of $1 would have more than 50 tags or attributes into rejects. $2 says, by
-- column of the file, which field is filled from it; $3 is the tags' header; $4 and $5 are the codes, $6 and $7 the reasons,
-- of too many tags and of too many attributes. Returns those rows, and whether it is the tags that are too many.
-- Side effect: those rows of the staging table have no phone any more.
with overfull as materialized (
  select s.row,
    coalesce(cardinality(private.with_tags(c.tags, s.tags)) > 50, false) as of_tags
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone and c.user_id = $1
  -- Adding them up tells of most that they have room.
  where (cardinality(c.tags) + cardinality(s.tags) > 50 and cardinality(private.with_tags(c.tags, s.tags)) > 50)
    or (
      not c.attributes @> s.attributes
      and (select count(*) from jsonb_object_keys(c.attributes || s.attributes)) > 50
    )
)
update pg_temp.staged_customers s
set
  phone = null,
  -- A "no" holds for a number that is not imported, too.
  consent = case when s.consent is false then false end,
  said = case when s.consent is false then coalesce(s.said, '{}') || jsonb_build_object('phone', s.phone) end,
  reject = jsonb_build_object(
    'column', case when o.of_tags then $3::text else '' end,
    'code', case when o.of_tags then $4::text else $5::text end,
    'detail', case when o.of_tags then $6::text else $7::text end,
    'cells', private.cells_of_staged(to_jsonb(s), $2)
  )
from overfull o
where s.row = o.row
returning s.row, o.of_tags
