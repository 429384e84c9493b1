-- What becomes of what a person did for others when they are deleted in Auth: it stays, without a reference to them.
-- Their own rows go with them, by the foreign keys.

-- What rows said of people who have been deleted since: who invited, who made an invitation, who had a password reset.
-- `profile_id` is the profile that is gone. A row goes with the one that it is about: see private.expire_records. No
-- triggers.
create table private.cleared_references (
  id bigint generated always as identity primary key,
  table_name text not null check (
    table_name in ('user_profiles', 'invite_codes', 'password_reset_tokens', 'admin_password_resets')
  ),
  row_id uuid not null,
  column_name text not null check (column_name in ('invited_by', 'created_by', 'admin_id')),
  profile_id uuid not null,
  cleared_at timestamp with time zone not null default now()
);
alter table private.cleared_references enable row level security;
create index cleared_references_row_id_idx on private.cleared_references (row_id);
grant select, delete on private.cleared_references to service_role;

-- The specification's foreign keys would refuse to delete whoever has invited somebody, and would delete with an admin the
-- record of the resets that they started. Side effects: these references become null; rows in private.cleared_references.
create function private.clear_references() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  with cleared (table_name, row_id, column_name) as (
    select 'user_profiles', p.id, 'invited_by' from public.user_profiles p where p.invited_by = old.id
    union all
    select 'invite_codes', i.id, 'created_by' from public.invite_codes i where i.created_by = old.id
    union all
    select 'password_reset_tokens', t.id, 'created_by' from public.password_reset_tokens t where t.created_by = old.id
    union all
    select 'admin_password_resets', r.id, 'admin_id' from public.admin_password_resets r where r.admin_id = old.id
  )
  insert into private.cleared_references (table_name, row_id, column_name, profile_id)
  select c.table_name, c.row_id, c.column_name, old.id from cleared c;
  update public.user_profiles p set invited_by = null where p.invited_by = old.id;
  update public.invite_codes i set created_by = null where i.created_by = old.id;
  update public.password_reset_tokens t set created_by = null where t.created_by = old.id;
  update public.admin_password_resets r set admin_id = null where r.admin_id = old.id;
  return null;
end
$$;
-- Triggers run in the order of their names, and this one has to come before those of the foreign keys, which are called
-- RI_ConstraintTrigger_…. Not before the deletion: a statement that deletes both people would find a row changed under it.
create trigger "A_clear_references" after delete on public.user_profiles
  for each row execute function private.clear_references();

-- Auth can delete a person so that the row in auth.users stays, without address and password ("soft"). Side effect: the
-- profile is marked, and rejected, so that nothing is sent in its name and nothing of it is read with its last token.
create function private.follow_deletion() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update public.user_profiles p
  set deleted_at = new.deleted_at, status = case when new.deleted_at is null then p.status else 'rejected' end
  where p.user_id = new.id;
  return null;
end
$$;
create trigger follow_deletion after update of deleted_at on auth.users
  for each row when (new.deleted_at is distinct from old.deleted_at)
  execute function private.follow_deletion();

-- Accounts whose person an admin has deleted by private.delete_account: the profile stays without a name, as the owner of
-- what was theirs and in the records. `handed_over_to` is who owns that now; what the ledger of consent says for the old
-- account holds for the new one (private.numbers_with_consent). Profiles without foreign keys: it outlives them. No triggers.
create table private.deleted_accounts (
  profile_id uuid primary key,
  deleted_at timestamp with time zone not null default now(),
  deleted_by uuid,
  handed_over_to uuid,
  handed_over_at timestamp with time zone
);
comment on column private.deleted_accounts.deleted_by is 'the admin; null: a service';
create index deleted_accounts_handed_over_to_idx on private.deleted_accounts (handed_over_to) where handed_over_to is not null;
alter table private.deleted_accounts enable row level security;
grant select on private.deleted_accounts to service_role;
