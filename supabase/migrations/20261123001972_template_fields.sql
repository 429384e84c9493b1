-- Which merge fields a person's texts may have: columns of customers, and the names of their customers' attributes.

-- A hash of the names of a customer's attributes. Customers of one file have the same names, so an account has few
-- different ones, and whoever looks for them goes from one to the next instead of through a million customers. A hash,
-- since fifty names are too long for an index. Built in, not a function of ours, because imports compute it for each row.
create index customers_attribute_names_idx on public.customers
  (user_id, jsonb_hash_extended(jsonb_path_query_array(attributes, '$.keyvalue().key'), 0))
  where attributes <> '{}';

-- The merge fields of the caller's texts: [{"name": "first_name", "kind": "column", "tag": "{{ first_name }}"}, {"name":
-- "Plan", "kind": "attribute", "tag": "{{ attributes.Plan }}"}]. Attributes come in alphabetical order; `tag` is null for a
-- name with which no text can ask for it, such as one with blanks. Of an account with more than 1,000 combinations of
-- names, those of 1,000. Raises PT403 `not_approved`.
create function public.template_fields() returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
begin
  return (
    with recursive combinations as (
      (
        select c.attributes, jsonb_hash_extended(jsonb_path_query_array(c.attributes, '$.keyvalue().key'), 0) as hash
        from public.customers c
        where c.user_id = me and c.attributes <> '{}'
        order by 2
        limit 1
      )
      union all
      select n.attributes, n.hash
      from combinations b
      cross join lateral (
        select c.attributes, jsonb_hash_extended(jsonb_path_query_array(c.attributes, '$.keyvalue().key'), 0) as hash
        from public.customers c
        where c.user_id = me and c.attributes <> '{}'
          and jsonb_hash_extended(jsonb_path_query_array(c.attributes, '$.keyvalue().key'), 0) > b.hash
        order by 2
        limit 1
      ) n
    ),
    names as (
      select distinct k.name
      from (select b.attributes from combinations b limit 1000) b, jsonb_object_keys(b.attributes) k (name)
    ),
    fields (place, name, kind, tag) as (
      -- `FIELDS` in the crate `domain`.
      select f.place, f.name, 'column', format('{{ %s }}', f.name)
      from unnest(array['first_name', 'last_name', 'email', 'phone', 'state']) with ordinality f (name, place)
      union all
      select 100, n.name, 'attribute',
        case when n.name ~ '^[A-Za-z_][A-Za-z0-9_]*$' then format('{{ attributes.%s }}', n.name) end
      from names n
    )
    select json_agg(json_build_object('name', f.name, 'kind', f.kind, 'tag', f.tag) order by f.place, lower(f.name), f.name)
    from fields f
  );
end
$$;
grant execute on function public.template_fields() to authenticated;
