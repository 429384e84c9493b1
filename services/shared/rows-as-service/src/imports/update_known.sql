-- Updates the customers of $1 that the file names and that would differ, and notes for import $2 what
-- they were. Of several rows with one phone the last counts. What is null in the file leaves the stored
-- value alone, tags and attributes are added to what is there, an opted-out customer stays so, and a
-- row that would not change is not written.
-- Side effect: rows of public.customers that belong to $1 are updated; what changed is kept for an undo; and, where no
-- trigger does it ($3), those whose searched text changes wait for the search.
with last as (
  select distinct on (s.phone)
    s.phone, s.first_name, s.last_name, s.email, s.state, s.status, s.tags, s.attributes
  from pg_temp.staged_customers s
  where s.phone is not null
  order by s.phone, s.row desc
),
change as materialized (
  select c.id, c.phone, l.first_name, l.last_name, l.email, l.state, l.status, l.tags, l.attributes,
    jsonb_build_object(
      'first_name', c.first_name, 'last_name', c.last_name, 'email', c.email, 'state', c.state,
      'status', c.status, 'tags', c.tags, 'attributes', c.attributes
    ) as before,
    jsonb_strip_nulls(jsonb_build_object(
      'first_name', nullif(l.first_name, c.first_name),
      'last_name', nullif(l.last_name, c.last_name),
      'email', nullif(l.email, c.email),
      'state', nullif(l.state, c.state),
      'status', case when c.status is distinct from 'inactive' then nullif(l.status, c.status) end,
      'tags', case when not c.tags @> l.tags then private.with_tags(c.tags, l.tags) end,
      'attributes', case when not c.attributes @> l.attributes then c.attributes || l.attributes end
    )) as after
  from last l
  join public.customers c on c.phone = l.phone
  where c.user_id = $1
  -- Nobody deletes one of them before what it was is noted.
  for no key update of c
),
noted as (
  insert into private.customer_import_changes (import_id, customer_id, before, after)
  select $2, h.id, h.before, h.after from change h where h.after <> '{}'
),
searched as (
  insert into private.customer_search_backlog (user_id, customer_ids, texts)
  select $1, array_agg(s.id), string_agg(s.text, e'\n')
  from (
    select h.id, row_number() over (order by h.id) / 1000 as part,
      private.customer_search_text(
        coalesce(h.first_name, h.before ->> 'first_name'), coalesce(h.last_name, h.before ->> 'last_name'),
        coalesce(h.email, h.before ->> 'email'), h.phone
      ) as text
    from change h
    where $3 and h.after ?| array['first_name', 'last_name', 'email']
  ) s
  group by s.part
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
