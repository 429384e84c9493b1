-- Imports of customers from files: their records, the rows they rejected, and what undoing them needs.
-- The import itself is Rust (services/shared/rows-as-service/src/imports) and bypasses the triggers of
-- customers: see the comment at that table.

-- One row for each import: who, which file, how far, with what result. It becomes `completed` in the
-- transaction that writes the customers, so it is never ahead of them or behind. No triggers.
create table public.customer_imports (
  id uuid primary key default private.uuid_v7(),
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  status text not null default 'running'
    check (status in ('running', 'completed', 'failed', 'canceled', 'undone')),
  phase text not null default 'reading' check (phase in ('reading', 'verifying', 'saving', 'done')),
  dry_run boolean not null default false,
  file_name text constraint customer_imports_file_name_check check (char_length(file_name) <= 255),
  file_bytes bigint,
  file_hash text constraint customer_imports_file_hash_check check (char_length(file_hash) <= 64),
  same_file_as uuid references public.customer_imports (id) on delete set null,
  bytes_read bigint not null default 0,
  rows_read bigint not null default 0,
  total_rows bigint,
  inserted bigint,
  updated bigint,
  unchanged bigint,
  duplicates bigint,
  rejected bigint,
  rejected_by_code jsonb,
  rejects_kept bigint not null default 0,
  consented bigint,
  declined bigint,
  suppressed bigint,
  -- As many and as long as the reader takes: 2,048 columns, and 256 KB in a record, each byte of which may become three;
  -- here with what an array adds.
  header text[] constraint customer_imports_header_check check (cardinality(header) <= 2048 and pg_column_size(header) <= 1048576),
  columns jsonb constraint customer_imports_columns_check check (pg_column_size(columns) <= 1048576),
  failure_code text,
  failure_detail text,
  cancel_requested_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  undone_at timestamptz
);
comment on column public.customer_imports.file_bytes is 'as the upload announced it; null if it did not';
comment on column public.customer_imports.file_hash is 'SHA-256 of the file''s bytes, hexadecimal';
comment on column public.customer_imports.same_file_as is 'the last completed import of the same bytes before this one';
comment on column public.customer_imports.columns is 'for each field that was filled, the header of its column in the file';
comment on column public.customer_imports.consented is 'numbers whose holders agreed to texts, as the file says or its sender';
comment on column public.customer_imports.rejects_kept is
  'how many of the rejected rows are in customer_import_rejects: the first 50,000, none of a dry run, for as long as private.retention says';
comment on column public.customer_imports.declined is 'numbers of which the file says that they must not be texted';
comment on column public.customer_imports.suppressed is 'numbers of which that was known before';
comment on column public.customer_imports.updated_at is 'while running: when its process last reported progress';
create index customer_imports_user_id_created_at_idx on public.customer_imports (user_id, created_at desc, id);
create index customer_imports_running_idx on public.customer_imports (updated_at) where status = 'running';
create index customer_imports_rejects_kept_idx on public.customer_imports (created_at) where rejects_kept > 0;
create index customer_imports_same_file_as_idx on public.customer_imports (same_file_as) where same_file_as is not null;

-- The owner's, and every admin's, to read; our services and the functions below write.
alter table public.customer_imports enable row level security;
create policy read_own_customer_imports on public.customer_imports for select to authenticated
  using (user_id = any ((select private.owners_i_see())::uuid[]));
grant select on public.customer_imports to authenticated;
grant select, insert, update, delete on public.customer_imports to service_role;

-- The first of the rows that were not imported, complete, so that they can be corrected and sent again: at most 50,000 of
-- an import, for as long as private.retention says, until their owner deletes them. A dry run leaves none. No triggers.
create table public.customer_import_rejects (
  import_id uuid not null references public.customer_imports (id) on delete cascade,
  row integer not null,
  column_name text not null constraint customer_import_rejects_column_name_check check (octet_length(column_name) <= 262144),
  code text not null,
  detail text not null,
  cells text[] not null constraint customer_import_rejects_cells_check
    check (cardinality(cells) <= 2048 and pg_column_size(cells) <= 1048576),
  primary key (import_id, row)
);
comment on column public.customer_import_rejects.row is 'the number of the record in the file, its header being row 1';
comment on column public.customer_import_rejects.cells is 'the record as it stood in the file, in the order of customer_imports.header';

alter table public.customer_import_rejects enable row level security;
create policy read_own_customer_import_rejects on public.customer_import_rejects for select to authenticated
  using (
    import_id in (
      select i.id from public.customer_imports i where i.user_id = any ((select private.owners_i_see())::uuid[])
    )
  );
grant select on public.customer_import_rejects to authenticated;
grant select, insert, update, delete on public.customer_import_rejects to service_role;

-- A row of an import's staging table, as its file has it, in the order of the file's columns: what is kept of a reject that
-- had been read as a customer. `fields` says of each column which field is filled from it; an empty one: none.
create function private.cells_of_staged(staged jsonb, fields text[]) returns text[]
language sql immutable
set search_path = ''
as $$
  select array(
    select coalesce(
      case
        when f.field = 'consent' then case staged ->> 'consent' when 'true' then 'yes' when 'false' then 'no' end
        when f.field = 'opt_out' then case staged ->> 'consent' when 'true' then 'no' when 'false' then 'yes' end
        when f.field = 'consent_at' then staged -> 'said' ->> 'at_words'
        when f.field = 'consent_source' then staged -> 'said' ->> 'source'
        when f.field = 'status' and staged ->> 'consent' = 'false' then 'unsubscribed'
        when f.field = 'tags' then (
          select string_agg(t.tag, ', ' order by t.position)
          from jsonb_array_elements_text(nullif(staged -> 'tags', 'null')) with ordinality t (tag, position)
        )
        when f.field = 'state' then coalesce(staged ->> 'state', staged -> 'attributes' ->> 'region')
        when f.field like 'attributes.%' then staged -> 'attributes' ->> substr(f.field, 12)
        else staged ->> f.field
      end,
      ''
    )
    from unnest(fields) with ordinality f (field, position)
    order by f.position
  )
$$;
grant execute on function private.cells_of_staged(jsonb, text[]) to service_role;

-- What undoing an import needs: the range of the ids of its new customers, and what it changed in
-- others. No triggers on either.
create table private.customer_import_ids (
  import_id uuid primary key references public.customer_imports (id) on delete cascade,
  first_id uuid not null,
  last_id uuid not null
);
alter table private.customer_import_ids enable row level security;
grant select, insert, update, delete on private.customer_import_ids to service_role;

create table private.customer_import_changes (
  import_id uuid not null references public.customer_imports (id) on delete cascade,
  customer_id uuid not null references public.customers (id) on delete cascade,
  before jsonb not null,
  after jsonb not null,
  primary key (import_id, customer_id)
);
alter table private.customer_import_changes enable row level security;
comment on column private.customer_import_changes.before is 'the columns that an import can change, as they were';
create index customer_import_changes_customer_id_idx on private.customer_import_changes (customer_id);
grant select, insert, update, delete on private.customer_import_changes to service_role;

-- An import of the caller's, or for an admin anybody's, with its row locked. Raises PT404.
create function private.my_customer_import(import_id uuid) returns public.customer_imports
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  import public.customer_imports;
begin
  select * into import from public.customer_imports i
  where i.id = my_customer_import.import_id and i.user_id = any (private.owners_i_see())
  -- The record of a file that comes again refers to this one.
  for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'customer_import_not_found', detail = 'There is no such import.';
  end if;
  return import;
end
$$;

-- Asks a running import to stop; it then changes nothing. Side effect: cancel_requested_at is set.
-- Raises PT404, or PT409 if it is not running.
create function public.cancel_customer_import(import_id uuid) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  import public.customer_imports := private.my_customer_import(import_id);
begin
  if import.status <> 'running' then
    raise exception using errcode = 'PT409', message = 'customer_import_not_running',
      detail = format('This import is %s.', import.status);
  end if;
  update public.customer_imports i set cancel_requested_at = coalesce(i.cancel_requested_at, now())
  where i.id = import.id
  returning * into import;
  return row_to_json(import);
end
$$;

-- Undoes an import: deletes its new customers, who can be restored as all deleted ones, and sets what it changed back to what it was, unless somebody
-- changed it since. Customers who became inactive since, or whose number must not be texted, stay so: the opt-out must
-- not be lost.
-- Raises PT404; PT409 if the import can't be undone, or if one of its customers has been texted or is about to be.
-- Side effects: rows of customers are deleted and updated, with all their triggers; the record becomes `undone`.
create function public.undo_customer_import(import_id uuid) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
declare
  import public.customer_imports := private.my_customer_import(import_id);
  ids private.customer_import_ids;
begin
  if import.status <> 'completed' or import.dry_run then
    raise exception using errcode = 'PT409', message = 'customer_import_not_undoable',
      detail = case when import.dry_run then 'A dry run changed nothing.' else format('This import is %s.', import.status) end;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('customer_import:' || import.user_id::text, 0));
  select * into ids from private.customer_import_ids i where i.import_id = import.id;

  -- Locked first: a launch that reads them now waits for us, or has already written its messages, which the
  -- next statement then sees.
  perform from public.customers c
  where c.user_id = import.user_id and c.id between ids.first_id and ids.last_id
  for update;
  perform from public.customers c
  where c.id in (select h.customer_id from private.customer_import_changes h where h.import_id = import.id)
  for update;
  -- Of the owner's only: whoever inserts a customer may choose its id.
  if exists (
    select from public.campaign_messages m
    join public.customers c on c.id = m.customer_id
    where m.customer_id between ids.first_id and ids.last_id and c.user_id = import.user_id
  ) or exists (
    select from private.customer_import_changes h
    join public.campaign_messages m on m.customer_id = h.customer_id
    join public.customers c on c.id = h.customer_id and c.user_id = import.user_id
    where h.import_id = import.id and m.created_at >= import.created_at
  ) then
    raise exception using errcode = 'PT409', message = 'customer_import_texted',
      detail = 'Customers of this import have been texted since, or are about to be.',
      hint = 'Change or delete single customers instead.';
  end if;

  delete from public.customers c
  where c.user_id = import.user_id and c.id between ids.first_id and ids.last_id
    and (
      c.status is distinct from 'inactive'
      -- Inactive by the file's own word, and untouched since.
      or (c.inactive_reason is null and c.updated_at = c.created_at and private.suppression_of(c.phone, c.user_id) is null)
    );
  update public.customers c
  set
    status = case
      when h.after ? 'status' and c.status is not distinct from h.after ->> 'status' and c.inactive_reason is null
        and private.suppression_of(c.phone, c.user_id) is null
        then h.before ->> 'status'
      else c.status
    end,
    first_name = case when h.after ? 'first_name' and c.first_name is not distinct from h.after ->> 'first_name'
      then h.before ->> 'first_name' else c.first_name end,
    last_name = case when h.after ? 'last_name' and c.last_name is not distinct from h.after ->> 'last_name'
      then h.before ->> 'last_name' else c.last_name end,
    email = case when h.after ? 'email' and c.email is not distinct from h.after ->> 'email'
      then h.before ->> 'email' else c.email end,
    state = case when h.after ? 'state' and c.state is not distinct from h.after ->> 'state'
      then h.before ->> 'state' else c.state end,
    tags = case when h.after ? 'tags' and to_jsonb(c.tags) = h.after -> 'tags'
      then private.texts_of(h.before -> 'tags') else c.tags end,
    attributes = case when h.after ? 'attributes' and c.attributes = h.after -> 'attributes'
      then h.before -> 'attributes' else c.attributes end
  from private.customer_import_changes h
  where h.import_id = import.id and h.customer_id = c.id and c.user_id = import.user_id;

  delete from private.customer_import_changes h where h.import_id = import.id;
  update public.customer_imports i set status = 'undone', undone_at = now(), updated_at = now()
  where i.id = import.id
  returning * into import;
  return row_to_json(import);
end
$$;

-- Deletes the rejects of an import, which stays counted. Side effects: rows of customer_import_rejects; rejects_kept.
-- Raises PT404.
create function public.delete_customer_import_rejects(import_id uuid) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  import public.customer_imports := private.my_customer_import(import_id);
begin
  delete from public.customer_import_rejects r where r.import_id = import.id;
  update public.customer_imports i set rejects_kept = 0 where i.id = import.id returning * into import;
  return row_to_json(import);
end
$$;

-- Deletes the rejects of one import whose rejects are older than that (null: than private.retention says), and returns
-- how many there were; 0 where there is no such import. Side effects: rows of customer_import_rejects; rejects_kept.
create function private.expire_import_rejects(older_than interval default null) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  expired uuid;
  deleted integer := 0;
begin
  if older_than is null then
    select make_interval(days => r.import_rejects) into strict older_than from private.retention r;
  end if;
  select i.id into expired from public.customer_imports i
  where i.rejects_kept > 0 and i.created_at < now() - older_than
  order by i.created_at
  limit 1
  for update skip locked;
  if expired is not null then
    delete from public.customer_import_rejects r where r.import_id = expired;
    get diagnostics deleted = row_count;
    update public.customer_imports i set rejects_kept = 0 where i.id = expired;
  end if;
  return deleted;
end
$$;
grant execute on function private.expire_import_rejects(interval) to service_role;

-- Marks running imports as failed whose process has died, and returns how many there were. They changed nothing.
-- A living process updates its record every second. If one was only slow, its transaction finds the record
-- no longer running and gives up. Side effect: the records.
create function private.fail_interrupted_imports(silent_for interval default '15 seconds') returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  failed integer;
begin
  update public.customer_imports i
  set status = 'failed', phase = 'done', failure_code = 'interrupted', finished_at = now(), updated_at = now(),
    failure_detail = 'The process that ran this import ended. Nothing was imported; send the file again.'
  where i.id in (
    select r.id from public.customer_imports r
    where r.status = 'running' and r.updated_at < now() - silent_for
    for update skip locked
  );
  get diagnostics failed = row_count;
  return failed;
end
$$;
grant execute on function private.fail_interrupted_imports(interval) to service_role;

grant execute on function
  public.cancel_customer_import(uuid), public.undo_customer_import(uuid), public.delete_customer_import_rejects(uuid)
to authenticated;
