-- Lists, counts, exports and bulk deletions of customers, all with the same filter:
--   {"search": "ann", "states": ["CA"], "status": ["active"], "tags": ["vip"], "attributes": {"plan": "gold"},
--    "created_from": "2026-01-01", "created_to": "2026-02-01", "ids": ["…"]}
-- Every key is optional; what is named must all hold. `tags`: at least one of them; `attributes`: all.
--
-- The functions run as their owner and name the caller's profile themselves: under row level security
-- Postgres may use no trigram index, because `like` is not leakproof.

create function private.texts_of(list jsonb) returns text[]
language sql immutable parallel safe
set search_path = ''
as $$
  select case jsonb_typeof(list)
    when 'array' then array(select jsonb_array_elements_text(list))
    else array[list #>> '{}']
  end
$$;

-- The patterns that must all match: one a word, five at most. What looks like a phone number is one
-- word, however it is written.
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
      limit 5
    )
  end
$$;

-- What is looked up of a pattern in the index: its end, and of an e-mail address the end of what stands before
-- the @. The rest is in so many customers that reading where costs more than it tells. Finds more than the
-- pattern, never less: whatever is found is compared with the whole of it afterwards.
create function private.search_key(pattern text) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select '%' || right(
    case when position('@' in w.word) > 4 then split_part(w.word, '@', 1) || '@' else w.word end, 12
  ) || '%'
  from (select substr(pattern, 2, length(pattern) - 2) as word) w
$$;

-- That `text`, an expression, holds all of the words. One `like` each: an index knows nothing of `like all`.
create function private.search_condition(text text, words text[]) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select string_agg(format('%s like %L', search_condition.text, w.word), ' and ') from unnest(words) w (word)
$$;

-- The condition that holds for the rows whose owner the caller may act for.
-- Raises PT403 for a caller who is not approved.
create function private.owner_condition(filter jsonb) returns text
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me uuid := private.my_profile_id();
begin
  if me is null then
    raise exception using errcode = 'PT403', message = 'not_approved', detail = 'This account is not approved.';
  end if;
  return case
    when not private.is_admin() then format('c.user_id = %L', me)
    when filter ? 'user_id' then format('c.user_id = %L', (filter ->> 'user_id')::uuid)
    else 'true'
  end;
end
$$;

-- A filter as a condition on `c`; every value in it is quoted.
-- Raises PT422 where a key is unknown: a misspelt filter would widen what is deleted.
create function private.customer_conditions(filter jsonb) returns text
language plpgsql stable security definer
set search_path = ''
as $$
declare
  unknown text;
  conditions text := private.owner_condition(filter);
begin
  select string_agg(k.key, ', ') into unknown from jsonb_object_keys(filter) k (key)
  where k.key not in ('search', 'states', 'status', 'tags', 'attributes', 'created_from', 'created_to', 'ids', 'user_id');
  if unknown is not null then
    raise exception using errcode = 'PT422', message = 'filter_unknown',
      detail = format('Customers can''t be filtered by %s.', unknown);
  end if;
  if filter ? 'states' then
    conditions := conditions || format(' and c.state = any (%L::text[])', private.texts_of(filter -> 'states'));
  end if;
  if filter ? 'status' then
    conditions := conditions || format(' and c.status = any (%L::text[])', private.texts_of(filter -> 'status'));
  end if;
  if filter ? 'tags' then
    conditions := conditions || format(' and c.tags && %L::text[]', private.texts_of(filter -> 'tags'));
  end if;
  if filter ? 'attributes' then
    conditions := conditions || format(' and c.attributes @> %L::jsonb', filter -> 'attributes');
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
exception when invalid_text_representation or invalid_datetime_format or datetime_field_overflow then
  raise exception using errcode = 'PT422', message = 'filter_invalid',
    detail = 'A value of the filter is not of its kind: ids are UUIDs, times are as 2026-11-23T09:00:00Z.';
end
$$;

-- The condition of an order: a column's name, `-` in front for the largest first; then the id, so that pages never overlap.
create function private.customer_order(sort text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  "column" text := ltrim(sort, '-');
  way text := case when sort like '-%' then 'desc' else 'asc' end;
begin
  if "column" not in ('created_at', 'updated_at', 'first_name', 'last_name', 'email', 'phone', 'state', 'status') then
    raise exception using errcode = 'PT422', message = 'sort_unknown', detail = format('Customers can''t be sorted by %s.', sort);
  end if;
  -- created_at is never missing where we write it, and without a word about nulls its index serves.
  return format('c.%I %s %s, c.id %s', "column", way, case when "column" = 'created_at' then '' else 'nulls last' end, way);
end
$$;

-- Rows of customers as a page.
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

-- The same by walking down the order, for conditions that so many fulfil that a page is soon full.
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

-- One page of customers and how many there are: {"data": […], "total": 123, "total_is_exact": true}.
-- A search that finds many counts not all of them: then `total_is_exact` is false, and there are at least so many.
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
  wanted integer := page_offset + page_limit;
  -- So many of the newest are looked through before an index is asked: what many customers match is found among them.
  newest integer := 5000 + 20 * wanted;
  looked_through bigint;
  found uuid[];
  total bigint;
begin
  if page_limit not between 1 and 1000 or page_offset not between 0 and 10000000 then
    raise exception using errcode = 'PT422', message = 'page_out_of_range', detail = 'A page has 1 to 1,000 rows.';
  end if;
  if words = '{}' then
    execute 'select count(*) from public.customers c where ' || conditions into total;
    return private.customer_page(conditions, ordering, page_limit, page_offset, total, true);
  end if;

  if sort = '-created_at' then
    execute format(
      'with newest as materialized (
         select c.id, private.customer_search_text(c.first_name, c.last_name, c.email, c.phone) as text
         from public.customers c where %s order by %s limit %s
       )
       select array(select n.id from newest n where %s), (select count(*) from newest)',
      private.customer_conditions(filter - 'search'), ordering, newest, private.search_condition('n.text', words)
    ) into found, looked_through;
    if looked_through < newest or cardinality(found) >= wanted then
      return private.customer_page(
        format('c.id = any (%L::uuid[])', found[page_offset + 1 : wanted]),
        ordering, page_limit, 0, cardinality(found), looked_through < newest
      );
    end if;
  end if;

  -- What few match, an index finds; what is in the backlog, it does not know yet.
  execute format(
    'select array(
       select c.customer_id from private.customer_search c where %1$s and %2$s limit %3$s
     ) || array(
       select c.id
       from (select distinct unnest(b.customer_ids) as id from private.customer_search_backlog b where %4$s) i
       join public.customers c on c.id = i.id
       where %5$s
       limit %3$s
     ) || array(
       select c.id
       from private.customer_search_backlog b
       join public.customers c on c.id > b.after_id and c.id <= b.last_id
       where %4$s and %5$s
       limit %3$s
     )',
    private.owner_condition(filter),
    private.search_condition('c.text', array(select private.search_key(w.word) from unnest(words) w (word))),
    most_counted,
    replace(private.owner_condition(filter), 'c.user_id', 'b.user_id'), conditions
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

-- Customers by state and status: {"total": 12, "by_status": {"active": 11, …}, "by_state": {"CA": {"active": 3, …}, …}};
-- those without a state stand under "".
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

-- The next customers in the order of their creation, after the one named, as an array; an export calls it
-- until nothing comes.
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

-- The names of the attributes that these customers have, as an array in alphabetical order.
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

-- Deletes what the filter finds, messages of theirs included: {"deleted": 12}. A filter must name something;
-- {"all": true} means everybody. Side effect: unless `dry_run`, rows of customers are gone.
create function public.delete_customers(filter jsonb, dry_run boolean default false) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
declare
  deleted bigint;
begin
  if filter - 'user_id' = '{}' then
    raise exception using errcode = 'PT422', message = 'filter_required',
      detail = 'Say which customers to delete.', hint = 'Use all=true for every one.';
  end if;
  if filter -> 'all' = 'false' then
    raise exception using errcode = 'PT422', message = 'filter_required', detail = 'Say which customers to delete.';
  end if;
  filter := filter - 'all';
  if dry_run then
    execute 'select count(*) from public.customers c where ' || private.customer_conditions(filter) into deleted;
  else
    execute 'delete from public.customers c where ' || private.customer_conditions(filter);
    get diagnostics deleted = row_count;
  end if;
  return json_build_object('deleted', deleted, 'dry_run', dry_run);
end
$$;

-- What was made under which key, for as long as somebody may ask again.
create table private.idempotency_keys (
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  customer_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);

-- Makes a customer of the caller's; with a key, the same request makes it once in 24 hours and gets the same customer again.
-- Raises PT422 `idempotency_key_reused` where the key came with another request, 23505 where the phone is taken.
create function public.create_customer(customer jsonb, idempotency_key text default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_profile_id();
  hash bytea := sha256(convert_to(customer::text, 'UTF8'));
  known private.idempotency_keys;
  made public.customers;
begin
  if me is null then
    raise exception using errcode = 'PT403', message = 'not_approved', detail = 'This account is not approved.';
  end if;
  made.id := private.uuid_v7();
  if idempotency_key is not null then
    delete from private.idempotency_keys k where k.user_id = me and k.created_at < now() - interval '24 hours';
    insert into private.idempotency_keys (user_id, key, request_hash, customer_id)
    values (me, idempotency_key, hash, made.id)
    on conflict do nothing;
    if not found then
      select * into known from private.idempotency_keys k where k.user_id = me and k.key = idempotency_key;
      if known.request_hash <> hash then
        raise exception using errcode = 'PT422', message = 'idempotency_key_reused',
          detail = 'This Idempotency-Key came with another request.', hint = 'Use a new key for a new customer.';
      end if;
      select * into made from public.customers c where c.id = known.customer_id;
      if not found then
        raise exception using errcode = 'PT409', message = 'customer_deleted',
          detail = 'The customer that this key made has been deleted since.';
      end if;
      return row_to_json(made);
    end if;
  end if;
  insert into public.customers (id, user_id, phone, first_name, last_name, email, state, status, tags, attributes)
  select made.id, me, n.phone, n.first_name, n.last_name, n.email, n.state,
    coalesce(n.status, 'active'), coalesce(n.tags, '{}'), coalesce(n.attributes, '{}')
  from jsonb_populate_record(null::public.customers, customer) n
  returning * into made;
  return row_to_json(made);
end
$$;

revoke all on function
  public.list_customers(jsonb, text, integer, integer), public.count_customers(jsonb),
  public.customers_after(jsonb, timestamptz, uuid, integer), public.customer_attribute_names(jsonb), public.delete_customers(jsonb, boolean),
  public.create_customer(jsonb, text)
from public, anon;
grant execute on function
  public.list_customers(jsonb, text, integer, integer), public.count_customers(jsonb),
  public.customers_after(jsonb, timestamptz, uuid, integer), public.customer_attribute_names(jsonb), public.delete_customers(jsonb, boolean),
  public.create_customer(jsonb, text)
to authenticated;
