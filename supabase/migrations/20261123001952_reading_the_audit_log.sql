-- The audit log as admins and operators read it. Nobody writes it but the triggers.

-- Entries, the newest first: {"data": [{"id", "at", "actor", "actor_email", …}], "total": 1}. Everything that is null
-- narrows nothing. `action` is a whole one, such as user.approved, or what was changed: user. `below` is the id of an entry:
-- only those before it, and no total, for who reads on. Addresses are those of now. Changes nothing.
create function private.audit_entries(
  actor uuid, account uuid, action text, table_name text, since timestamp with time zone, until timestamp with time zone,
  below bigint, page_limit integer, page_offset integer
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  -- $1 actor, $2 account, $3 action, $4 table_name, $5 since, $6 until, $7 below.
  conditions constant text := concat_ws(' and ', 'true',
    case when actor is not null then 'a.actor = $1' end,
    case when account is not null then 'a.account = $2' end,
    case when action is not null then '$3 in (a.action, split_part(a.action, ''.'', 1))' end,
    case when table_name is not null then '$4 in (a.table_name, split_part(a.table_name, ''.'', 2))' end,
    case when since is not null then 'a.at >= $5' end,
    case when until is not null then 'a.at < $6' end,
    case when below is not null then 'a.id < $7' end
  );
  entries json;
  total bigint;
begin
  if below is null then
    execute 'select count(*) from private.audit_log a where ' || conditions into total
    using actor, account, action, table_name, since, until, below;
  end if;
  execute format(
    'select coalesce(json_agg(json_build_object(
       ''id'', p.id, ''at'', p.at, ''actor'', p.actor, ''actor_email'', m.email, ''actor_kind'', p.actor_kind,
       ''operator'', p.operator, ''role'', p.role, ''application'', p.application, ''session_id'', p.session_id,
       ''request_id'', p.request_id, ''action'', p.action, ''table_name'', p.table_name, ''row_id'', p.row_id,
       ''account'', p.account, ''account_email'', o.email, ''row_count'', p.row_count, ''before'', p.before, ''after'', p.after
     ) order by p.id desc), ''[]'')
     from (select a.* from private.audit_log a where %s order by a.id desc limit %s offset %s) p
     left join lateral (
       select u.email from public.user_profiles q join auth.users u on u.id = q.user_id where q.id = p.actor
     ) m on true
     left join lateral (
       select u.email from public.user_profiles q join auth.users u on u.id = q.user_id where q.id = p.account
     ) o on true',
    conditions, page_limit, page_offset
  ) into entries using actor, account, action, table_name, since, until, below;
  return json_build_object('data', entries, 'total', total);
end
$$;
grant execute on function private.audit_entries(
  uuid, uuid, text, text, timestamp with time zone, timestamp with time zone, bigint, integer, integer
) to service_role;

-- The same for admins through PostgREST, as a page: with `total` and `total_is_exact`, both null after `below`. Only for
-- admins and services. Raises PT403 `admin_required`, PT422 `page_out_of_range`.
create function public.list_audit_log(
  actor uuid default null, account uuid default null, action text default null, table_name text default null,
  since timestamp with time zone default null, until timestamp with time zone default null, below bigint default null,
  page_limit integer default 50, page_offset integer default 0
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  page json;
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only administrators may do this.';
  end if;
  if (page_limit between 1 and 1000 and page_offset between 0 and 10000000) is not true then
    raise exception using errcode = 'PT422', message = 'page_out_of_range', detail = 'A page has 1 to 1,000 rows.';
  end if;
  page := private.audit_entries(actor, account, action, table_name, since, until, below, page_limit, page_offset);
  return json_build_object(
    'data', page -> 'data', 'total', page -> 'total', 'total_is_exact', case when below is null then true end
  );
end
$$;
grant execute on function public.list_audit_log(
  uuid, uuid, text, text, timestamp with time zone, timestamp with time zone, bigint, integer, integer
) to authenticated, service_role;
