-- Updates the customers of $1 that one part of the staging table names, from $4 to before $5, and that would differ: those
-- whose status changes ($6), or the others. Notes for import $2 what they were. A row that a later one with the same phone
-- replaces is passed over (mark_replaced.sql). What is null in the file leaves the stored value alone, tags and
-- attributes are added to what is there, an opted-out customer stays so, and a row that would not change is not written.
-- Returns a row for each that is updated: its id where no trigger does it ($3) and its searched text changes, to be noted by
-- note_searched.sql; otherwise null.
-- Side effect: rows of public.customers that belong to $1 are updated, and what changed is kept for an undo.
with change as materialized (
  select c.id, c.phone, s.first_name, s.last_name, s.email, s.state, s.status, s.tags, s.attributes,
    jsonb_build_object(
      'first_name', c.first_name, 'last_name', c.last_name, 'email', c.email, 'state', c.state,
      'status', c.status, 'tags', c.tags, 'attributes', c.attributes
    ) as before,
    jsonb_strip_nulls(jsonb_build_object(
      'first_name', nullif(s.first_name, c.first_name),
      'last_name', nullif(s.last_name, c.last_name),
      'email', nullif(s.email, c.email),
      'state', nullif(s.state, c.state),
      'status', case when c.status is distinct from 'inactive' then nullif(s.status, c.status) end,
      'tags', case when not c.tags @> s.tags then private.with_tags(c.tags, s.tags) end,
      'attributes', case when not c.attributes @> s.attributes then c.attributes || s.attributes end
    )) as after
  from pg_temp.staged_customers s
  join public.customers c on c.phone = s.phone
  where s.ctid >= $4::text::tid and s.ctid < $5::text::tid and not s.is_replaced and c.user_id = $1
    and (s.status is not null or not $6)
    and (coalesce(s.status <> coalesce(c.status, ''), false) and c.status is distinct from 'inactive') = $6
  -- Nobody deletes one of them before what it was is noted.
  for no key update of c
),
noted as (
  insert into private.customer_import_changes (import_id, customer_id, before, after)
  select $2, h.id, h.before, h.after from change h where h.after <> '{}'
)
update public.customers c
set
  first_name = coalesce(h.first_name, c.first_name),
  last_name = coalesce(h.last_name, c.last_name),
  email = coalesce(h.email, c.email),
  state = coalesce(h.state, c.state),
  status = case when c.status = 'inactive' then c.status else coalesce(h.status, c.status) end,
  tags = case when h.tags is null then c.tags else private.with_tags(c.tags, h.tags) end,
  attributes = case when h.attributes is null then c.attributes else c.attributes || h.attributes end,
  updated_at = now()
from change h
where c.id = h.id and h.after <> '{}'
returning case when $3 and h.after ?| array['first_name', 'last_name', 'email'] then c.id end
