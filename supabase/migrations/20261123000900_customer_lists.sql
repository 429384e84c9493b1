-- Lists, counts, exports and bulk deletions of customers. All of them take the same filter:
--   {"search": "ann", "states": ["CA"], "status": ["active"], "tags": ["vip"], "attributes": {"plan": "gold"},
--    "created_from": "2026-01-01", "created_to": "2026-02-01", "ids": ["…"]}
-- Every key is optional; a customer must meet all that are there. Of `tags` it needs at least one, of
-- `attributes` all. An admin may also give "user_id"; of another's, everybody else finds nobody. To delete everybody:
-- "all": true. What is null, empty, blank or of another kind is refused: it could be taken for "everybody".
--
-- The functions run as their owner and check the caller's profile themselves: under row level security
-- Postgres can't use a trigram index, because `like` is not leakproof.

-- A list of texts, or a single text as a list of one.
create function private.texts_of(list jsonb) returns text[]
language sql immutable parallel safe
set search_path = ''
as $$
  select case jsonb_typeof(list)
    when 'array' then array(select jsonb_array_elements_text(list))
    else array[list #>> '{}']
  end
$$;

-- The patterns of a search, all of which must match: one for each word. Something that looks like a phone number is
-- one word, with its digits only.
create function private.search_words(search text) returns text[]
language sql immutable parallel safe
set search_path = ''
as $$
  select case
    when coalesce(search, '') !~ '\S' then '{}'
    when search ~ '^[0-9+().\s-]+$' and length(regexp_replace(search, '\D', '', 'g')) >= 3
      then array['%' || regexp_replace(search, '\D', '', 'g') || '%']
    else array(
      select '%' || replace(replace(replace(lower(w.word), '\', '\\'), '%', '\%'), '_', '\_') || '%'
      from regexp_split_to_table(btrim(search), '\s+') with ordinality w (word, position)
      where w.word <> ''
      order by w.position
    )
  end
$$;

-- The part of a pattern that is looked up in the index: its last 12 characters, of an e-mail address those up
-- to the @. The rest is common to so many customers that looking it up costs more than it saves. This finds
-- more than the pattern, never less; what is found is then compared with the whole pattern.
create function private.search_key(pattern text) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select '%' || right(
    case when position('@' in w.word) > 4 then split_part(w.word, '@', 1) || '@' else w.word end, 12
  ) || '%'
  from (select substr(pattern, 2, length(pattern) - 2) as word) w
$$;

-- The condition that `text`, an expression, contains all of the words. One `like` for each, because an index
-- can't serve `like all`.
create function private.search_condition(text text, words text[]) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select string_agg(format('%s like %L', search_condition.text, w.word), ' and ') from unnest(words) w (word)
$$;

-- The condition that `texts`, an expression, contains all of the words, in whatever line: of large texts it is found out
-- several times faster than by `like`. To look at their lines one by one takes as long as to read the customers.
create function private.contains_condition(texts text, words text[]) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select string_agg(
    -- Without what makes it a pattern.
    format('strpos(%s, %L) > 0', contains_condition.texts, regexp_replace(substr(w.word, 2, length(w.word) - 2), '\\(.)', '\1', 'g')),
    ' and '
  )
  from unnest(words) w (word)
$$;

-- The condition on `c` that the caller may act for the row's owner.
-- Raises PT403 for a caller who is not approved.
create function private.owner_condition(filter jsonb) returns text
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me constant uuid := private.my_profile_id();
  named constant uuid := filter ->> 'user_id';
begin
  if me is null then
    raise exception using errcode = 'PT403', message = 'not_approved', detail = 'This account is not approved.';
  end if;
  return case
    when named <> me and not private.is_admin() then 'false'
    when named is not null then format('c.user_id = %L', named)
    when private.is_admin() then 'true'
    else format('c.user_id = %L', me)
  end;
end
$$;

-- What is wrong with the values of a filter, in words; null if nothing is.
create function private.filter_problem(filter jsonb) returns text
language sql immutable
set search_path = ''
as $$
  select string_agg(format('%s: %s.', f.key, k.kind), ' ' order by f.key)
  from jsonb_each(filter) f
  join (values
    ('search', 'a text of at most 100 characters, not a blank one'), ('attributes', 'an object of names and values'),
    ('states', 'one or more texts'), ('status', 'one or more texts'), ('tags', 'one or more texts'),
    ('ids', 'one or more UUIDs'), ('user_id', 'a UUID'),
    ('created_from', 'a time as 2026-11-23T09:00:00Z'), ('created_to', 'a time as 2026-11-23T09:00:00Z')
  ) k (key, kind) on k.key = f.key
  where not case
    when jsonb_typeof(f.value) = 'string' and f.key <> 'attributes' then
      f.value #>> '{}' ~ '\S'
      and (f.key <> 'search' or char_length(f.value #>> '{}') <= 100)
      -- Neither `now` nor `infinity`.
      and (f.key not like 'created%' or f.value #>> '{}' ~ '^\d{4}-\d\d-\d\d')
    when jsonb_typeof(f.value) = 'array' and f.key in ('states', 'status', 'tags', 'ids') then
      f.value <> '[]' and not exists (
        select from jsonb_array_elements(f.value) e (element)
        where jsonb_typeof(e.element) <> 'string' or e.element #>> '{}' !~ '\S'
      )
    when jsonb_typeof(f.value) = 'object' and f.key = 'attributes' then
      f.value <> '{}' and not exists (
        select from jsonb_each(f.value) a
        where a.key !~ '\S' or jsonb_typeof(a.value) not in ('string', 'number', 'boolean')
      )
    else false
  end
$$;

-- A filter as a condition on `c`, its values quoted, and with the condition on the owner.
-- Raises PT422 `filter_unknown` for an unknown key, because a misspelt filter would delete more than was meant;
-- `filter_invalid` for what is no object, and for a value that private.filter_problem names; PT403 for a caller who
-- is not approved.
create function private.customer_conditions(filter jsonb) returns text
language plpgsql stable security definer
set search_path = ''
as $$
declare
  unknown text;
  problem text;
  conditions text;
begin
  -- Who asks for a list without a filter, or with null, asks for everybody; a deletion has refused that before.
  filter := coalesce(filter, '{}');
  if jsonb_typeof(filter) is distinct from 'object' then
    raise exception using errcode = 'PT422', message = 'filter_invalid', detail = 'A filter is an object.';
  end if;
  select string_agg(k.key, ', ') into unknown from jsonb_object_keys(filter) k (key)
  where k.key not in ('search', 'states', 'status', 'tags', 'attributes', 'created_from', 'created_to', 'ids', 'user_id');
  if unknown is not null then
    raise exception using errcode = 'PT422', message = 'filter_unknown',
      detail = format('Customers can''t be filtered by %s.', unknown);
  end if;
  problem := private.filter_problem(filter);
  if problem is not null then
    raise exception using errcode = 'PT422', message = 'filter_invalid',
      detail = 'A value of the filter is not of its kind. ' || problem;
  end if;
  conditions := private.owner_condition(filter);
  if filter ? 'states' then
    conditions := conditions || format(
      case when 'none' = any (private.texts_of(filter -> 'states'))
        then ' and (c.state = any (%L::text[]) or coalesce(c.state, '''') = '''')' else ' and c.state = any (%L::text[])' end,
      private.texts_of(filter -> 'states')
    );
  end if;
  if filter ? 'status' then
    conditions := conditions || format(' and c.status = any (%L::text[])', private.texts_of(filter -> 'status'));
  end if;
  if filter ? 'tags' then
    conditions := conditions || format(' and c.tags && %L::text[]', private.texts_of(filter -> 'tags'));
  end if;
  if filter ? 'attributes' then
    conditions := conditions || format(' and c.attributes @> %L::jsonb', private.attributes_as_texts(filter -> 'attributes'));
  end if;
  if filter ? 'created_from' then
    conditions := conditions || format(' and c.created_at >= %L', (filter ->> 'created_from')::timestamptz);
  end if;
  if filter ? 'created_to' then
    conditions := conditions || format(' and c.created_at < %L', (filter ->> 'created_to')::timestamptz);
  end if;
  if filter ? 'ids' then
    conditions := conditions || format(' and c.id = any (%L::uuid[])', private.texts_of(filter -> 'ids')::uuid[]);
  end if;
  if private.search_words(filter ->> 'search') <> '{}' then
    conditions := conditions || ' and ' || private.search_condition(
      'private.customer_search_text(c.first_name, c.last_name, c.email, c.phone)',
      private.search_words(filter ->> 'search')
    );
  end if;
  return conditions;
exception
  when invalid_text_representation or invalid_datetime_format or datetime_field_overflow or invalid_parameter_value then
    raise exception using errcode = 'PT422', message = 'filter_invalid',
      detail = 'A value of the filter is not of its kind: ids are UUIDs, times are as 2026-11-23T09:00:00Z.';
end
$$;

-- An `order by` from the name of a column, with `-` in front for descending. Then by id, so that pages never
-- overlap. Raises PT422 for an unknown column.
create function private.customer_order(sort text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  "column" text := ltrim(sort, '-');
  way text := case when sort like '-%' then 'desc' else 'asc' end;
begin
  if ("column" in ('created_at', 'updated_at', 'first_name', 'last_name', 'email', 'phone', 'state', 'status')) is not true then
    raise exception using errcode = 'PT422', message = 'sort_unknown', detail = format('Customers can''t be sorted by %s.', sort);
  end if;
  -- Nothing of ours writes a customer without created_at, and without `nulls last` its index can be used.
  return format('c.%I %s %s, c.id %s', "column", way, case when "column" = 'created_at' then '' else 'nulls last' end, way);
end
$$;

-- One page of the customers that meet the conditions.
create function private.customer_page(
  conditions text, ordering text, page_limit integer, page_offset integer, total bigint, total_is_exact boolean
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  page json;
begin
  execute format(
    'select coalesce(json_agg(row_to_json(p)), ''[]'') from (
       select c.* from public.customers c where %s order by %s limit %s offset %s
     ) p',
    conditions, ordering, page_limit, page_offset
  ) into page;
  return json_build_object('data', page, 'total', total, 'total_is_exact', total_is_exact);
end
$$;

-- The same by reading in the order of the index, for conditions that so many meet that a page is soon full.
create function private.customer_page_walked(
  conditions text, ordering text, page_limit integer, page_offset integer, total bigint, total_is_exact boolean
) returns json
language sql stable security definer
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
set max_parallel_workers_per_gather = 0
as $$
  select private.customer_page(conditions, ordering, page_limit, page_offset, total, total_is_exact)
$$;

-- Which of the first `newest` customers that meet the conditions contain the words, and how many there were to look through.
create function private.newest_matches(
  conditions text, ordering text, newest bigint, words text[], out ids uuid[], out looked_through bigint
)
language plpgsql stable security definer
set search_path = ''
as $$
begin
  execute format(
    'with newest as materialized (
       select c.id, private.customer_search_text(c.first_name, c.last_name, c.email, c.phone) as text
       from public.customers c where %s order by %s limit %s
     )
     select array(select n.id from newest n where %s), (select count(*) from newest)',
    conditions, ordering, newest, private.search_condition('n.text', words)
  ) into ids, looked_through;
end
$$;

-- The same by reading in the order of the index, for conditions that leave none of an owner's customers out. Right after
-- an import no statistics say how many those are, and Postgres would sort all of them.
create function private.newest_matches_walked(
  conditions text, ordering text, newest bigint, words text[], out ids uuid[], out looked_through bigint
)
language sql stable security definer
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
  select m.ids, m.looked_through from private.newest_matches(conditions, ordering, newest, words) m
$$;

-- One page of customers and how many there are: {"data": […], "total": 123, "total_is_exact": true}.
-- A search that finds many does not count them all: then `total_is_exact` is false, and there are at least `total`.
create function public.list_customers(
  filter jsonb default '{}',
  sort text default '-created_at',
  page_limit integer default 50,
  page_offset integer default 0
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  most_counted constant integer := 10000;
  conditions text := private.customer_conditions(filter);
  words text[] := private.search_words(filter ->> 'search');
  ordering text := private.customer_order(sort);
  wanted bigint := page_offset::bigint + page_limit;
  -- This many of the newest are searched before the index is: what matches many customers is found among them.
  newest bigint := 5000 + 20 * wanted;
  looked_through bigint;
  found uuid[];
  total bigint;
begin
  if (page_limit between 1 and 1000 and page_offset between 0 and 10000000) is not true then
    raise exception using errcode = 'PT422', message = 'page_out_of_range', detail = 'A page has 1 to 1,000 rows.';
  end if;
  if words = '{}' then
    execute 'select count(*) from public.customers c where ' || conditions into total;
    return private.customer_page(conditions, ordering, page_limit, page_offset, total, true);
  end if;

  if sort = '-created_at' then
    if filter - array['search', 'user_id'] = '{}' then
      select * into found, looked_through from private.newest_matches_walked(
        private.owner_condition(filter), ordering, newest, words
      );
    else
      select * into found, looked_through from private.newest_matches(
        private.customer_conditions(filter - 'search'), ordering, newest, words
      );
    end if;
    if looked_through < newest or cardinality(found) >= wanted then
      return private.customer_page(
        format('c.id = any (%L::uuid[])', found[page_offset + 1 : wanted]),
        ordering, page_limit, 0, cardinality(found), looked_through < newest
      );
    end if;
  end if;

  -- What matches few is looked up in the index, and in the backlog, which the index does not contain yet.
  -- The parts' customers are found by their ids alone: without statistics Postgres would look through all of an owner's.
  execute format(
    'with part as materialized (
       select b.customer_ids, b.after_id, b.last_id from private.customer_search_backlog b
       where %4$s and (b.texts is null or %6$s)
     )
     select array(
       select c.customer_id from private.customer_search c where %1$s and %2$s limit %3$s
     ) || array(
       select c.id
       from (select distinct unnest(p.customer_ids) as id from part p) i
       join public.customers c on c.id = i.id
       where %5$s
       limit %3$s
     ) || array(
       select c.id
       from part p
       cross join lateral (
         select k.* from public.customers k where k.id > p.after_id and k.id <= p.last_id offset 0
       ) c
       where %5$s
       limit %3$s
     )',
    private.owner_condition(filter),
    private.search_condition('c.text', array(select private.search_key(w.word) from unnest(words) w (word))),
    most_counted,
    replace(private.owner_condition(filter), 'c.user_id', 'b.user_id'),
    conditions,
    private.contains_condition('b.texts', words)
  ) into found;
  if cardinality(found) < most_counted then
    conditions := format('%s and c.id = any (%L::uuid[])', conditions, found);
    execute 'select count(*) from public.customers c where ' || conditions into total;
    return private.customer_page(conditions, ordering, page_limit, page_offset, total, true);
  end if;
  if sort = '-created_at' then
    return private.customer_page_walked(conditions, ordering, page_limit, page_offset, most_counted, false);
  end if;
  return private.customer_page(conditions, ordering, page_limit, page_offset, most_counted, false);
end
$$;

-- Customers counted by state and status:
-- {"total": 12, "by_status": {"active": 11, …}, "by_state": {"CA": {"active": 3, …}, …}}; without a state under "".
create function public.count_customers(filter jsonb default '{}') returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  counts json;
begin
  execute format(
    'with counts as (
       select coalesce(c.state, '''') as state, coalesce(c.status, '''') as status, count(*) as n
       from public.customers c where %s group by 1, 2
     ),
     states as (select state, json_object_agg(status, n order by status) as counts from counts group by state)
     select json_build_object(
       ''total'', (select coalesce(sum(n), 0) from counts),
       ''by_status'', (select coalesce(json_object_agg(s.status, s.n order by s.status), ''{}'')
         from (select status, sum(n) as n from counts group by status) s),
       ''by_state'', (select coalesce(json_object_agg(state, counts order by state), ''{}'') from states)
     )',
    private.customer_conditions(filter)
  ) into counts;
  return counts;
end
$$;

-- The next customers after the given one, in the order of their creation, as an array. An export calls it
-- until the array is empty.
create function public.customers_after(
  filter jsonb default '{}',
  after_created_at timestamptz default '-infinity',
  after_id uuid default '00000000-0000-0000-0000-000000000000',
  page_limit integer default 1000
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  page json;
begin
  execute format(
    'select coalesce(json_agg(row_to_json(p)), ''[]'') from (
       select c.* from public.customers c
       where %s and (c.created_at, c.id) > (%L, %L)
       order by c.created_at, c.id
       limit %s
     ) p',
    private.customer_conditions(filter), after_created_at, after_id, least(greatest(page_limit, 1), 10000)
  ) into page;
  return page;
end
$$;

-- The names of all attributes of these customers, as an array in alphabetical order.
create function public.customer_attribute_names(filter jsonb default '{}') returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  names json;
begin
  execute format(
    'select coalesce(json_agg(n.name order by n.name), ''[]'') from (
       select distinct jsonb_object_keys(c.attributes) as name from public.customers c
       where %s and c.attributes <> ''{}''
     ) n',
    private.customer_conditions(filter)
  ) into names;
  return names;
end
$$;

-- Deletes the customers that the filter finds: {"deleted": 12, "dry_run": false, "deletion_id": "…"}, the last unless it
-- is a dry run; public.restore_customers takes it. {"all": true} means everybody. An admin's deletion stays in the
-- admin's own account, unless `user_id` names another. Side effects, unless `dry_run`: rows of customers are deleted,
-- with their messages and whatever else the comment at the table says.
-- Raises PT422 `filter_required` for a filter that leaves nobody out; else as private.customer_conditions.
create function public.delete_customers(filter jsonb, dry_run boolean default false) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
declare
  everybody constant boolean := coalesce(filter -> 'all' = 'true', false);
  conditions text;
  deleted bigint;
begin
  if dry_run is null or filter -> 'all' not in ('true', 'false') then
    raise exception using errcode = 'PT422', message = 'filter_invalid', detail = '`all` and `dry_run` are true or false.';
  end if;
  if coalesce(filter, 'null') in ('null', '{}') or filter -> 'all' = 'false' then
    raise exception using errcode = 'PT422', message = 'filter_required', detail = 'Say which customers to delete.',
      hint = 'Use all=true for every one.';
  end if;
  filter := case when jsonb_typeof(filter) = 'object' then filter - 'all' else filter end;
  if not filter ? 'user_id' then
    filter := filter || jsonb_build_object('user_id', private.approved_caller());
  end if;
  conditions := private.customer_conditions(filter);
  if not everybody and conditions = private.owner_condition(filter) then
    raise exception using errcode = 'PT422', message = 'filter_required', detail = 'Say which customers to delete.',
      hint = 'Use all=true for every one.';
  end if;
  if dry_run then
    execute 'select count(*) from public.customers c where ' || conditions into deleted;
    return json_build_object('deleted', deleted, 'dry_run', true, 'deletion_id', null);
  end if;
  execute 'delete from public.customers c where ' || conditions;
  get diagnostics deleted = row_count;
  return json_build_object(
    'deleted', deleted, 'dry_run', false,
    -- The trigger keep_deleted_customers leaves it here.
    'deletion_id', nullif(current_setting('dnwerks.deletion_id', true), '')
  );
end
$$;

grant execute on function
  public.list_customers(jsonb, text, integer, integer), public.count_customers(jsonb),
  public.customers_after(jsonb, timestamptz, uuid, integer), public.customer_attribute_names(jsonb),
  public.delete_customers(jsonb, boolean)
to authenticated;
