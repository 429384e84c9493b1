-- Finding customers by any part of a name, an e-mail address or a phone number, among a million.
--
-- Keeping a trigram index up to date costs more than writing the rest of the row. So the index is on a
-- table of its own. Small writes update it at once; large ones add the customers' ids to a backlog,
-- which a worker indexes afterwards. A search reads both and so is always right. So that it is fast as well right after
-- an import of a million, a part of the backlog carries the texts of its customers: most parts are passed by with one look.

-- The text that is searched.
create function private.customer_search_text(first_name text, last_name text, email text, phone text) returns text
language sql immutable parallel safe
as $$
  select lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' ' || phone)
$$;
grant execute on function private.customer_search_text(text, text, text, text) to service_role;

-- The text of every indexed customer. No foreign key to customers, because its trigger for each row
-- would cost more than the row; the triggers on customers below do its work. No triggers here or on
-- the backlog.
create table private.customer_search (
  customer_id uuid primary key,
  user_id uuid,
  text text not null
);
alter table private.customer_search enable row level security;
-- The owner is part of the index, so that a search costs what that owner has and not what everybody has.
create index customer_search_text_idx on private.customer_search
  using gin (user_id, text extensions.gin_trgm_ops)
  -- What is new waits in a list and is sorted in together. A list of the usual 4 MB takes 60 ms, and its megabytes of the
  -- log hold up all who commit; with shorter ones yet, the log grows.
  with (gin_pending_list_limit = 1024);

-- Customers that are not indexed yet: the ids in `customer_ids`, or all ids greater than `after_id` and
-- up to `last_id`; a thousand of them at most, to be indexed as one batch. A part that can't be indexed is parked: it is
-- tried again at `not_before`, and the others go on. Searches read parked parts like the rest.
create table private.customer_search_backlog (
  id bigint generated always as identity primary key,
  user_id uuid,
  customer_ids uuid[],
  after_id uuid,
  last_id uuid,
  texts text,
  failures integer not null default 0,
  failed_with text check (char_length(failed_with) = 5),
  not_before timestamp with time zone not null default '-infinity',
  check (num_nonnulls(customer_ids, after_id) = 1 and num_nonnulls(customer_ids, last_id) = 1)
);
alter table private.customer_search_backlog enable row level security;
-- Read by every search and soon deleted: not worth compressing.
alter table private.customer_search_backlog alter column texts set storage external;
comment on column private.customer_search_backlog.texts is
  'the searched texts when the part was written, by line: what they don''t contain no customer of it contains, unless a later part says so; null: unknown';
comment on column private.customer_search_backlog.failed_with is 'the SQLSTATE of the last failure';
create index customer_search_backlog_user_id_idx on private.customer_search_backlog (user_id);
grant select, insert, update, delete on private.customer_search, private.customer_search_backlog to service_role;

-- A statement that writes more rows than this leaves them to the worker.
create function private.customer_search_at_once() returns integer
language sql immutable parallel safe
as $$ select 100 $$;

-- The triggers on customers. An import bypasses `search_new_customers` and writes the backlog itself:
-- see the table in the file of the customers.

-- After an insert. Side effects: rows in customer_search; or, for many rows, in the backlog, and a
-- notification `customer_search` (nothing of ours listens: the worker looks every two seconds).
create function private.search_new_customers() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if (select count(*) from (select from new_rows limit private.customer_search_at_once() + 1) n)
    <= private.customer_search_at_once()
  then
    insert into private.customer_search (customer_id, user_id, text)
    select n.id, n.user_id, private.customer_search_text(n.first_name, n.last_name, n.email, n.phone) from new_rows n
    on conflict (customer_id) do update set user_id = excluded.user_id, text = excluded.text;
  else
    insert into private.customer_search_backlog (user_id, customer_ids, texts)
    select n.user_id, array_agg(n.id), string_agg(n.text, e'\n')
    from (
      select r.user_id, r.id, private.customer_search_text(r.first_name, r.last_name, r.email, r.phone) as text,
        row_number() over () / 1000 as part
      from new_rows r
    ) n
    group by n.user_id, n.part;
    perform pg_notify('customer_search', '');
  end if;
  return null;
end
$$;
create trigger search_new_customers after insert on public.customers
  referencing new table as new_rows for each statement execute function private.search_new_customers();

-- After an update. Side effects: like those of an insert, but without a notification, and only for
-- rows whose searched text, owner or id changed; what the index has of an id that is gone is deleted. A customer that
-- is not indexed yet is added to the backlog again, because the worker may have read it before this change.
create function private.search_changed_customers() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  changed uuid[];
  has_new_ids boolean;
begin
  select coalesce(array_agg(n.id), '{}'), coalesce(bool_or(o.id is null), false) into changed, has_new_ids
  from new_rows n left join old_rows o on o.id = n.id
  where (n.user_id, n.first_name, n.last_name, n.email, n.phone)
      is distinct from (o.user_id, o.first_name, o.last_name, o.email, o.phone)
    or o.id is null;
  if cardinality(changed) = 0 then
    return null;
  end if;
  if has_new_ids then
    delete from private.customer_search s using old_rows o
    where s.customer_id = o.id and not exists (select from new_rows n where n.id = o.id);
  end if;
  if cardinality(changed) <= private.customer_search_at_once() then
    with refreshed as (
      update private.customer_search s
      set user_id = n.user_id, text = private.customer_search_text(n.first_name, n.last_name, n.email, n.phone)
      from new_rows n
      where s.customer_id = n.id and n.id = any (changed)
      returning s.customer_id
    )
    select array(select unnest(changed) except select r.customer_id from refreshed r) into changed;
  end if;
  insert into private.customer_search_backlog (user_id, customer_ids, texts)
  select n.user_id, array_agg(n.id), string_agg(n.text, e'\n')
  from (
    select r.user_id, r.id, private.customer_search_text(r.first_name, r.last_name, r.email, r.phone) as text,
      row_number() over () / 1000 as part
    from new_rows r join unnest(changed) c (id) on c.id = r.id
  ) n
  group by n.user_id, n.part;
  return null;
end
$$;
create trigger search_changed_customers after update on public.customers
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.search_changed_customers();

-- After a delete. Side effect: their rows of customer_search are deleted. Ids in the backlog stay; the
-- worker skips those that it doesn't find.
create function private.forget_deleted_customers() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from private.customer_search s using old_rows o where s.customer_id = o.id;
  return null;
end
$$;
create trigger forget_deleted_customers after delete on public.customers
  referencing old table as old_rows for each statement execute function private.forget_deleted_customers();

-- After a truncate. Side effect: customer_search and the backlog are emptied.
create function private.forget_all_customers() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  truncate private.customer_search, private.customer_search_backlog;
  return null;
end
$$;
create trigger forget_all_customers after truncate on public.customers
  for each statement execute function private.forget_all_customers();

-- Indexes a batch of one part of the backlog. Returns the part's next `after_id`, null when it is done. With `rests` it
-- works on thirty customers at a time, some milliseconds, and then rests so many times as long.
create function private.index_part(part private.customer_search_backlog, rests integer) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  ids uuid[] := part.customer_ids;
  step integer := case when rests > 0 then 30 else 1000 end;
  replaced uuid[];
  began timestamp with time zone;
begin
  if ids is null then
    ids := array(
      select c.id from public.customers c
      where c.id > part.after_id and c.id <= part.last_id
      order by c.id
      limit 1000
    );
  end if;
  for at in 1 .. cardinality(ids) by step loop
    began := clock_timestamp();
    with written as (
      insert into private.customer_search as s (customer_id, user_id, text)
      select c.id, c.user_id, private.customer_search_text(c.first_name, c.last_name, c.email, c.phone)
      from public.customers c
      where c.id = any (ids[at : at + step - 1])
      order by c.id
      -- Whoever deletes one of them meanwhile waits for us, and then deletes our row of it as well.
      for key share of c
      on conflict (customer_id) do update set user_id = excluded.user_id, text = excluded.text
        where (s.user_id, s.text) is distinct from (excluded.user_id, excluded.text)
      returning s.customer_id, s.xmax <> 0 as is_replaced
    )
    select array_agg(w.customer_id) into replaced from written w where w.is_replaced;
    -- What we read may have been changed while we waited for its row here, by who wrote the newer text into it. From now on
    -- they wait for us.
    update private.customer_search s
    set user_id = c.user_id, text = private.customer_search_text(c.first_name, c.last_name, c.email, c.phone)
    from public.customers c
    where s.customer_id = any (replaced) and c.id = s.customer_id
      and (s.user_id, s.text)
        is distinct from (c.user_id, private.customer_search_text(c.first_name, c.last_name, c.email, c.phone));
    perform pg_sleep(rests * extract(epoch from clock_timestamp() - began));
  end loop;
  return case when part.customer_ids is null and ids[1000] < part.last_id then ids[1000] end;
end
$$;

-- Indexes up to `at_most` batches of the backlog, of at most 1,000 customers each. Returns how many batches
-- it dealt with, 0 if there was none to take. Many workers may call it at once. A part that fails, or whose customers
-- somebody else has locked for long, is parked: for a second at first, then twice as long each time, up to a day. `rests`:
-- how many times as long as it works it rests, for others who are at work and can't wait.
-- Side effects: rows in customer_search are written, rows of the backlog deleted, shortened or parked.
create function private.index_customers(at_most integer default 10, rests integer default 0) returns integer
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '1s'
as $$
declare
  waiting private.customer_search_backlog;
  next_id uuid;
  dealt_with integer := 0;
begin
  while dealt_with < at_most loop
    select * into waiting from private.customer_search_backlog w
    where w.not_before <= clock_timestamp()
    order by w.id limit 1 for update skip locked;
    exit when not found;
    begin
      next_id := private.index_part(waiting, rests);
      if next_id is null then
        delete from private.customer_search_backlog w where w.id = waiting.id;
      else
        update private.customer_search_backlog w
        set after_id = next_id, failures = 0, failed_with = null
        where w.id = waiting.id;
      end if;
    exception when others then
      update private.customer_search_backlog w
      -- Nobody knows how long it stays: what people are called doesn't.
      set failures = w.failures + 1, failed_with = sqlstate, texts = null,
        not_before = clock_timestamp() + least(interval '1 second' * power(2, least(w.failures, 17)), interval '1 day')
      where w.id = waiting.id;
      raise warning 'a part of the search''s backlog failed with % and is parked', sqlstate;
    end;
    dealt_with := dealt_with + 1;
  end loop;
  return dealt_with;
end
$$;
grant execute on function private.index_customers(integer, integer) to service_role;
