-- The bin: customers stay restorable for 30 days, by whatever door they were deleted. What an erased person leaves goes
-- at once (private.erase_person), what an account leaves goes with it.

-- A customer as it was, once for each time that it was deleted. `deletion_id` ascends with time; all that one statement
-- deleted have the same. Consents and suppressions are kept by number and outlive the customer; its messages don't.
-- No triggers.
create table public.deleted_customers (
  like public.customers,
  deletion_id uuid not null,
  deleted_at timestamp with time zone not null default now(),
  deleted_by uuid,
  primary key (id, deletion_id),
  foreign key (user_id) references public.user_profiles (id) on delete cascade
);
comment on column public.deleted_customers.deleted_by is 'a profile, without a foreign key; null: a service';
create index deleted_customers_user_id_deletion_id_idx on public.deleted_customers (user_id, deletion_id, id);
create index deleted_customers_deleted_at_idx on public.deleted_customers (deleted_at);

-- The owner's, and every admin's, to read; only the functions below write.
alter table public.deleted_customers enable row level security;
create policy read_own_deleted_customers on public.deleted_customers for select to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  );
grant select on public.deleted_customers to authenticated;
grant select, insert, update, delete on public.deleted_customers to service_role;

-- After a delete, whoever does it. Not where the owner goes too: then nobody could restore them. Side effects: rows of
-- deleted_customers; their deletion_id in the setting dnwerks.deletion_id of the transaction, empty if there are none.
create function private.keep_deleted_customers() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  deletion constant uuid := private.uuid_v7();
  me constant uuid := private.my_profile_id();
begin
  insert into public.deleted_customers (
    id, user_id, phone, first_name, last_name, email, state, status, created_at, updated_at, tags, attributes,
    inactive_reason, deletion_id, deleted_by
  )
  select o.id, o.user_id, o.phone, o.first_name, o.last_name, o.email, o.state, o.status, o.created_at, o.updated_at,
    o.tags, o.attributes, o.inactive_reason, deletion, me
  from old_rows o
  where o.user_id is null or exists (select from public.user_profiles p where p.id = o.user_id);
  perform set_config('dnwerks.deletion_id', case when found then deletion::text else '' end, true);
  return null;
end
$$;
create trigger keep_deleted_customers after delete on public.customers
  referencing old table as old_rows for each statement execute function private.keep_deleted_customers();

-- Brings deleted customers back, by their ids (up to 10,000) or all of one deletion: {"restored": 2, "refused": 1,
-- "refusals": [{"id", "phone", "code"}]}, of those the first 1,000. The codes: `customer_not_found`: not in the bin;
-- `phone_taken`: the account has another customer with this number by now; `phone_unavailable`: another account has;
-- `id_taken`. Who is suppressed meanwhile comes back inactive, and who was inactive for a suppression that has been
-- lifted comes back active. Side effects: rows of customers, with the triggers of an insert; those of deleted_customers
-- go; refusals of `phone_unavailable` count (see the file of the phone refusals, also for PT429). Raises PT403
-- `not_approved`; PT422 `restore_required` unless one of both is given, `too_many_ids`.
create function public.restore_customers(ids uuid[] default null, deletion_id uuid default null) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
#variable_conflict use_variable
declare
  me constant uuid := private.approved_caller();
  owners constant uuid[] := private.owners_i_see();
  of_nobody constant boolean := private.is_admin();
  wanted uuid[];
  restored uuid[];
  refused bigint;
  unavailable bigint;
  refusals json;
begin
  if num_nonnulls(ids, deletion_id) <> 1 or ids = '{}' then
    raise exception using errcode = 'PT422', message = 'restore_required',
      detail = 'Say which customers to restore.', hint = 'Give their ids, or a deletion_id.';
  end if;
  if cardinality(ids) > 10000 then
    raise exception using errcode = 'PT422', message = 'too_many_ids', detail = 'At most 10,000 customers are restored by their ids.',
      hint = 'Give a deletion_id, or send several lists.';
  end if;
  perform private.check_phone_refusals(me);
  -- Two at once would each take the other's customers for taken numbers.
  perform pg_advisory_xact_lock(hashtextextended('restore_customers:' || me::text, 0));
  with binned as materialized (
    -- Of one that was deleted more than once, as it was last.
    select distinct on (d.id) d.*
    from public.deleted_customers d
    where (d.user_id = any (owners) or (of_nobody and d.user_id is null))
      and (d.id = any (ids) or d.deletion_id = restore_customers.deletion_id)
    order by d.id, d.deletion_id desc
  ),
  inserted as (
    insert into public.customers (
      id, user_id, phone, first_name, last_name, email, state, status, inactive_reason, created_at, updated_at, tags, attributes
    )
    select b.id, b.user_id, b.phone, b.first_name, b.last_name, b.email, b.state,
      case when w.is_found_out_again then 'active' else b.status end,
      case when not w.is_found_out_again then b.inactive_reason end,
      b.created_at, b.updated_at, b.tags, b.attributes
    from binned b
    -- Why it is inactive, the trigger suppress_new_customers finds out again. Not where that was said of another number,
    -- which the customer had before: only what is lifted is over.
    cross join lateral (
      select exists (
        select from private.suppressions s
        where s.phone = b.phone and s.reason = b.inactive_reason and (s.user_id is null or s.user_id = b.user_id)
      ) as is_found_out_again
    ) w
    order by b.deletion_id desc, b.phone collate "C"
    on conflict do nothing
    returning id
  )
  select coalesce(array(select b.id from binned b), '{}'), coalesce(array(select i.id from inserted i), '{}')
  into wanted, restored;
  delete from public.deleted_customers d
  where d.id = any (restored) and (d.user_id = any (owners) or (of_nobody and d.user_id is null));

  select count(*), count(*) filter (where r.code = 'phone_unavailable'), json_agg(json_build_object('id', r.id, 'phone', r.phone, 'code', r.code)) filter (where r.place <= 1000)
  into refused, unavailable, refusals
  from (
    select w.id, d.phone, row_number() over () as place, case
      when d.id is null then 'customer_not_found'
      when c.id is null then 'id_taken'
      when c.user_id is not distinct from d.user_id then 'phone_taken'
      else 'phone_unavailable'
    end as code
    from (select unnest(coalesce(ids, wanted)) except select unnest(restored)) w (id)
    left join lateral (
      select b.id, b.phone, b.user_id from public.deleted_customers b
      where b.id = w.id and b.id = any (wanted) and (b.user_id = any (owners) or (of_nobody and b.user_id is null))
      order by b.deletion_id desc
      limit 1
    ) d on true
    left join public.customers c on c.phone = d.phone
  ) r;
  perform private.count_phone_refusals(me, unavailable);
  return json_build_object(
    'restored', cardinality(restored), 'refused', refused, 'refusals', coalesce(refusals, '[]')
  );
end
$$;
grant execute on function public.restore_customers(uuid[], uuid) to authenticated;

-- Empties the bin of what has been in it for so long. Returns how many rows went; the services call it until none is left.
create function private.expire_deleted_customers(
  older_than interval default '30 days', at_most integer default 10000
) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  expired integer;
begin
  delete from public.deleted_customers d
  where (d.id, d.deletion_id) in (
    select e.id, e.deletion_id from public.deleted_customers e
    where e.deleted_at < now() - older_than
    order by e.deleted_at
    limit at_most
    for update skip locked
  );
  get diagnostics expired = row_count;
  return expired;
end
$$;
grant execute on function private.expire_deleted_customers(interval, integer) to service_role;
