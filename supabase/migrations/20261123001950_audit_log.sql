-- The audit log: who changed what is not their own, by whatever door. Admins through PostgREST or our API, operators by
-- `dnwerks`, and whoever has SQL. What owners do with their own rows is not in it, nor what services do with people's rows
-- on their own account: launching, counting, importing.

-- One row for each change, or for what one statement did to an account's customers. Names people by their profiles only,
-- without foreign keys: it outlives them, and says nothing more of who is deleted or erased. So it keeps no text that
-- people write and no number or address: of these only how long they were, {"characters": 12}; see private.audit_value.
-- While the row is there, `table_name` and `row_id` lead to it.
--
-- What it can't see: whoever has SQL as the owner of the tables can switch its triggers off, as any of ours.
--
-- Append-only, by keep_audit_log (before update, delete, each row) and keep_all_of_audit_log (before truncate), in whatever
-- session_replication_role: a row goes when its days are over (private.retention), and not before.
create table private.audit_log (
  -- Not a UUID: what happens within a millisecond keeps its order.
  id bigint generated always as identity primary key,
  at timestamp with time zone not null default clock_timestamp(),
  actor uuid,
  actor_kind text not null check (actor_kind in ('admin', 'user', 'operator', 'service', 'sql')),
  operator text check (char_length(operator) <= 100),
  role text not null check (char_length(role) <= 64),
  application text check (char_length(application) <= 64),
  session_id uuid,
  request_id text check (char_length(request_id) <= 64),
  action text not null check (char_length(action) <= 64),
  table_name text not null check (char_length(table_name) <= 64),
  row_id text check (char_length(row_id) <= 200),
  account uuid,
  row_count bigint not null default 1,
  before jsonb check (pg_column_size(before) <= 65536),
  after jsonb check (pg_column_size(after) <= 65536)
);
alter table private.audit_log enable row level security;
comment on column private.audit_log.actor is 'the profile of the admin or user; null: no person that we know';
comment on column private.audit_log.actor_kind is
  'admin; user: an ordinary one, whose act changed what is not theirs; operator: dnwerks on a command line; service: a process of ours or Auth; sql: anybody else with a connection';
comment on column private.audit_log.operator is 'of an operator: the name of their login on their machine';
comment on column private.audit_log.role is 'the role in Postgres: authenticated through PostgREST';
comment on column private.audit_log.application is 'what the connection calls itself';
comment on column private.audit_log.action is 'what and how, such as user.approved or campaign.paused';
comment on column private.audit_log.account is 'whose rows it concerns; null: everybody''s';
comment on column private.audit_log.row_count is 'how many rows of the account one statement changed; row_id is null then';
comment on column private.audit_log.before is 'the fields that changed, as they were; null: the row is new';
comment on column private.audit_log.after is 'and as they are; null: the row is gone';
create index audit_log_at_idx on private.audit_log (at);
create index audit_log_actor_idx on private.audit_log (actor, id) where actor is not null;
create index audit_log_account_idx on private.audit_log (account, id) where account is not null;
grant select on private.audit_log to service_role;

create function private.keep_audit_log() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' and old.at < now() - make_interval(days => (select r.audit_log from private.retention r)) then
    return old;
  end if;
  raise exception using errcode = '55000', message = 'audit_log_is_kept',
    detail = 'The audit log is only appended to, and goes when its days are over.';
end
$$;
create trigger keep_audit_log before update or delete on private.audit_log
  for each row execute function private.keep_audit_log();
create trigger keep_all_of_audit_log before truncate on private.audit_log
  for each statement execute function private.keep_audit_log();
alter table private.audit_log enable always trigger keep_audit_log;
alter table private.audit_log enable always trigger keep_all_of_audit_log;

-- Who acts, and through which door.
create type private.acting as (
  profile uuid, kind text, operator text, role text, application text, session_id uuid, request_id text
);

-- Who acts now. Signed-in people are believed by their token alone; on a service connection, the settings `dnwerks.actor`,
-- `dnwerks.session` and `dnwerks.request` say for which admin a service acts, `dnwerks.operator` who runs `dnwerks`.
-- Changes nothing.
create function private.acting() returns private.acting
language plpgsql stable security definer
set search_path = ''
as $$
declare
  acting private.acting;
begin
  acting.role := current_setting('role');
  acting.application := left(nullif(current_setting('application_name'), ''), 64);
  if acting.role in ('authenticated', 'anon') then
    acting.kind := case when private.is_admin() then 'admin' else 'user' end;
    select p.id into acting.profile from public.user_profiles p where p.user_id = auth.uid();
    acting.session_id := nullif(auth.jwt() ->> 'session_id', '')::uuid;
    acting.request_id := left(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id', 64);
    return acting;
  end if;
  if acting.role = 'none' then
    acting.role := session_user;
  end if;
  acting.profile := nullif(current_setting('dnwerks.actor', true), '')::uuid;
  acting.operator := left(nullif(current_setting('dnwerks.operator', true), ''), 100);
  if acting.profile is not null then
    acting.kind := 'admin';
    acting.session_id := nullif(current_setting('dnwerks.session', true), '')::uuid;
    acting.request_id := left(nullif(current_setting('dnwerks.request', true), ''), 64);
  elsif acting.operator is not null then
    acting.kind := 'operator';
  elsif acting.role in ('service_role', 'supabase_auth_admin') or acting.role like 'dnwerks\_%' or acting.application = 'dnwerks' then
    acting.kind := 'service';
  else
    acting.kind := 'sql';
  end if;
  return acting;
end
$$;

-- Whether what `acting` does to a row of `account` is worth an entry: not owners with their own, not services.
create function private.acts_on_others(acting private.acting, account uuid) returns boolean
language sql immutable
set search_path = ''
as $$
  select acting.kind <> 'service' and (acting.profile is null or account is distinct from acting.profile)
$$;

-- How a value stands in the log: numbers, booleans and what is `plain` as they are, up to 1,000 characters; of everything
-- else only how long it was.
create function private.audit_value(value jsonb, plain boolean) returns jsonb
language sql immutable
set search_path = ''
as $$
  select case
    when value is null or value = 'null' then 'null'
    when jsonb_typeof(value) in ('number', 'boolean') then value
    when plain and char_length(value #>> '{}') > 1000 then to_jsonb(left(value #>> '{}', 1000) || '…')
    when plain then value
    else jsonb_build_object('characters', char_length(value #>> '{}'))
  end
$$;

-- What differs between a row before and after, either of which may be null, as it stands in the log; both null: nothing.
-- `plain` names the columns that are shown, {*} all.
create function private.audit_difference(old_row jsonb, new_row jsonb, plain text[], out before jsonb, out after jsonb)
language sql immutable
set search_path = ''
as $$
  select
    jsonb_object_agg(c.name, private.audit_value(old_row -> c.name, c.name = any (plain) or '*' = any (plain)))
      filter (where old_row is not null),
    jsonb_object_agg(c.name, private.audit_value(new_row -> c.name, c.name = any (plain) or '*' = any (plain)))
      filter (where new_row is not null)
  from jsonb_object_keys(coalesce(new_row, old_row)) c (name)
  where coalesce(old_row -> c.name, 'null') <> coalesce(new_row -> c.name, 'null')
    -- What the database keeps by itself.
    and c.name not in (
      'only_row', 'created_at', 'updated_at', 'changed_at', 'changed_by', 'due_at', 'last_login_at', 'applied', 'judged_before',
      'skipped', 'total_recipients', 'sent_count', 'delivered_count', 'failed_count', 'pending_count', 'skipped_count',
      'filtered_count', 'unregistered_count', 'opted_out_count', 'free_at', 'held_until', 'taken_at', 'served', 'troubles',
      'probing', 'reset_token_id'
    )
$$;

-- What was done, by the first argument of the trigger: the whole action, or what was changed, and the rows say how.
create function private.audit_action(subject text, operation text, old_row jsonb, new_row jsonb) returns text
language sql immutable
set search_path = ''
as $$
  select case when subject like '%.%' then subject else subject || '.' || case
    when subject = 'sending' and operation = 'UPDATE' then case when new_row ->> 'stopped_at' is null then 'started' else 'stopped' end
    when subject = 'sending' then case operation when 'INSERT' then 'stopped' else 'started' end
    when operation = 'INSERT' then 'created'
    when operation = 'DELETE' then 'deleted'
    when old_row ->> 'deleted_at' is null and new_row ->> 'deleted_at' is not null then 'deleted'
    when old_row ->> 'revoked_at' is null and new_row ->> 'revoked_at' is not null then 'revoked'
    when old_row ->> 'user_id' <> new_row ->> 'user_id' and subject <> 'user' then 'handed_over'
    when subject = 'campaign' and old_row ->> 'status' = 'paused' and new_row ->> 'status' in ('draft', 'scheduled', 'sending') then 'resumed'
    when subject = 'campaign' and new_row ->> 'status' = 'draft' then 'updated'
    when old_row ->> 'status' is distinct from new_row ->> 'status' then case new_row ->> 'status' when 'sending' then 'launched' else new_row ->> 'status' end
    when old_row ->> 'role' is distinct from new_row ->> 'role' then 'role_changed'
    when old_row ->> 'cancel_requested_at' is null and new_row ->> 'cancel_requested_at' is not null then 'canceled'
    else 'updated'
  end end
$$;

-- Appends what one or several rows were changed to.
create function private.append_to_audit_log(
  acting private.acting, action text, table_name text, row_id text, account uuid, row_count bigint, before jsonb, after jsonb
) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into private.audit_log (
    actor, actor_kind, operator, role, application, session_id, request_id,
    action, table_name, row_id, account, row_count, before, after
  )
  values (
    acting.profile, acting.kind, acting.operator, acting.role, acting.application, acting.session_id, acting.request_id,
    action, table_name, left(row_id, 200), account, row_count, before, after
  )
$$;

-- The function of the triggers `audit` and `audit_new`. Their arguments: what was changed or done (private.audit_action),
-- the column that names the row, the column that names its account or '', 'always' or 'others' (then not what owners and
-- services do: private.acts_on_others), and the columns that are shown.
create function private.audit_row() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  acting constant private.acting := private.acting();
  old_row constant jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_row constant jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  account uuid := (coalesce(old_row, new_row) ->> tg_argv[2])::uuid;
  difference record;
begin
  if tg_table_name = 'suppression_lifts' then
    select s.user_id into account from private.suppressions s where s.id = (new_row ->> 'suppression_id')::uuid;
  end if;
  if tg_argv[3] = 'others' and not private.acts_on_others(acting, account) then
    return null;
  end if;
  difference := private.audit_difference(old_row, new_row, string_to_array(tg_argv[4], ' '));
  if tg_op <> 'UPDATE' or difference.after is not null then
    perform private.append_to_audit_log(
      acting, private.audit_action(tg_argv[0], tg_op, old_row, new_row), tg_table_schema || '.' || tg_table_name,
      coalesce(new_row, old_row) ->> tg_argv[1], account, 1, difference.before, difference.after
    );
  end if;
  return null;
end
$$;

-- The function of the triggers of customers, once for a statement: an entry for each account whose customers it was, with
-- how many. Row level security leaves ordinary users nothing but their own, so it looks no further at what they did.
create function private.audit_customers() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  acting private.acting;
begin
  if current_setting('role') = 'authenticated' and not private.is_admin() then
    return null;
  end if;
  acting := private.acting();
  if acting.kind = 'service' then
    return null;
  end if;
  perform private.append_to_audit_log(
    acting, 'customer.' || case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'updated' else 'deleted' end, 'public.customers',
    c.only_id, c.user_id, c.rows, null, null
  )
  from (
    select r.user_id, count(*) as rows, case when count(*) = 1 then min(r.id::text) end as only_id
    from changed_rows r
    where private.acts_on_others(acting, r.user_id)
    group by r.user_id
  ) c;
  return null;
end
$$;

-- The function of the triggers `audit_all`: a whole table was emptied, which fires no other.
create function private.audit_truncation() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.append_to_audit_log(
    private.acting(), 'table.emptied', tg_table_schema || '.' || tg_table_name, null, null, 1, null, null
  );
  return null;
end
$$;
