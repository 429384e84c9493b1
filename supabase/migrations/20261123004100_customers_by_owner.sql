-- Makes reading one owner's customers cost what that owner has, not what everybody has.

-- Ascending in both, so that an import of ascending ids writes at one end of it; lists that show the
-- newest first read it backwards.
create index customers_user_id_created_at_id_idx on public.customers (user_id, created_at, id);
drop index public.customers_user_id_created_at_idx;

-- Whose rows the caller may see: its own, an admin everybody's; nobody's before approval.
-- An array, because `user_id = any (…)` is looked up in an index and `… or is_admin()` is not.
create function private.owners_i_see() returns uuid[]
language sql stable security definer
set search_path = ''
as $$
  select case
    when private.is_admin() then array(select p.id from public.user_profiles p)
    else array(select p.id from public.user_profiles p where p.id = private.my_profile_id())
  end
$$;
grant execute on function private.owners_i_see() to authenticated, service_role;

drop policy read_own_customers on public.customers;
drop policy insert_own_customers on public.customers;
drop policy update_own_customers on public.customers;
drop policy delete_own_customers on public.customers;

create policy read_own_customers on public.customers for select to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  );
create policy insert_own_customers on public.customers for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_customers on public.customers for update to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  )
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_customers on public.customers for delete to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  );
