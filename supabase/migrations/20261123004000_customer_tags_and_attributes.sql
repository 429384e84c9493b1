-- What a business knows about its customers beyond the specification's columns: tags to group them
-- by, and attributes of its own naming. Both are added; nothing that existed changes.

create function private.tags_are_valid(tags text[]) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select cardinality(tags) <= 50
    and array_position(tags, null) is null
    and not exists (
      select from unnest(tags) t (tag)
      where t.tag !~ '\S' or t.tag <> btrim(t.tag) or length(t.tag) > 64 or t.tag ~ '[[:cntrl:],;|]'
    )
    and cardinality(tags) = (select count(distinct t.tag) from unnest(tags) t (tag))
$$;

create function private.attributes_are_valid(attributes jsonb) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select jsonb_typeof(attributes) = 'object'
    and not exists (
      select from jsonb_each(attributes) a
      where length(a.key) not between 1 and 64
        or jsonb_typeof(a.value) in ('object', 'array')
        or length(a.value #>> '{}') > 500
    )
    and (select count(*) from jsonb_object_keys(attributes)) <= 50
$$;
grant execute on function private.tags_are_valid(text[]), private.attributes_are_valid(jsonb) to authenticated, service_role;

-- Both lists as one, each tag once, in the order of their coming.
create function private.with_tags(tags text[], more text[]) returns text[]
language sql immutable parallel safe
set search_path = ''
as $$
  select array(
    select t.tag from unnest(tags || more) with ordinality t (tag, position) group by t.tag order by min(t.position)
  )
$$;
grant execute on function private.with_tags(text[], text[]) to service_role;

-- The comparison with the empty value comes first: it is all that an ordinary row costs.
alter table public.customers
  add column tags text[] not null default '{}'
    constraint customers_tags_check check (tags = '{}' or private.tags_are_valid(tags)),
  add column attributes jsonb not null default '{}'
    constraint customers_attributes_check check (attributes = '{}' or private.attributes_are_valid(attributes));
comment on column public.customers.tags is 'at most 50, each there once and of at most 64 characters, none of them a comma, semicolon, bar or control character';
comment on column public.customers.attributes is
  'at most 50 texts, numbers or booleans by name; a name has at most 64 characters, a text 500';

grant insert (tags, attributes), update (tags, attributes) on public.customers to authenticated;
