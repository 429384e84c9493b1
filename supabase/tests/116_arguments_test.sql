-- Every function that people may call, with arguments that nobody thought of. Made from the catalogue. PostgREST passes a
-- JSON null as null, and a guard that compares with null lets everything through.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 1100), pg_temp.make_owner('b', 3);
-- So much of everything that is listed that no page may hold it all.
insert into public.conversations (id, user_id, phone, last_message_at, last_inbound_at)
select gen_random_uuid(), c.user_id, c.phone, now(), now() from public.customers c where c.user_id = pg_temp.owner('a');
insert into public.conversation_messages (conversation_id, direction, body)
select c.id, 'in', 'Hi' from public.conversations c, generate_series(1, 300) where c.phone = pg_temp.phone('a', 1);
insert into private.suppressions (phone, user_id, reason, source)
select '+1415800' || lpad(i::text, 4, '0'), pg_temp.owner('a'), 'listed', 'list' from generate_series(1, 1100) i;
insert into private.audit_log (actor_kind, role, action, table_name) select 'sql', 'postgres', 'page.read', 'page' from generate_series(1, 1100);
insert into private.mail_suppressions (address, reason) select i || '@page.test', 'bounced' from generate_series(1, 1100) i;
insert into public.campaigns (id, user_id, name, message_body) values (pg_temp.id('a', 1), pg_temp.owner('a'), 'a', 'Hello');
update public.user_profiles set role = 'admin' where id = pg_temp.owner('a');

create temp table callable as
select p.oid, p.proname, p.pronargs, p.pronargdefaults, p.proretset, t.types,
  -- Of a function that returns a table, the names of the columns follow.
  p.proargnames[1:p.pronargs] as names
from pg_proc p, lateral (
  select array_agg(format_type(a.type, null) order by a.position) as types
  from unnest(p.proargtypes::oid[]) with ordinality a (type, position)
) t
where p.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')
  and p.prorettype <> 'trigger'::regtype;

-- How many rows of ours this transaction has written so far.
create function pg_temp.rows_written() returns numeric language sql volatile as $$
  select sum(t.n_tup_ins + t.n_tup_upd + t.n_tup_del) from pg_stat_xact_all_tables t where t.schemaname in ('public', 'private')
$$;

-- What a call says as a signed-in person: its SQLSTATE, or "done", or "changed" where rows are not what they were.
create function pg_temp.call(who text, statement text) returns text language plpgsql as $$
declare
  before constant numeric := pg_temp.rows_written();
  answer text;
begin
  perform set_config('request.jwt.claims', format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  begin
    set local role authenticated;
    execute statement;
    reset role;
    answer := case pg_temp.rows_written() when before then 'done' else 'changed' end;
    raise exception using errcode = 'ZZ000', message = 'undo';
  exception
    when sqlstate 'ZZ000' then null;
    when others then answer := sqlstate;
  end;
  reset role;
  return answer;
end
$$;

-- Nothing but nulls: refused with a code of ours or as bad data (classes 22 and 23, with which PostgREST answers 400), or
-- answered without changing anything.
create temp table answers as
select w.who, c.proname, pg_temp.call(w.who, format('select public.%I(%s)', c.proname, (
  select string_agg(format('%I => null::%s', a.name, a.type), ', ' order by a.position)
  from unnest(c.names, c.types) with ordinality a (name, type, position)
))) as answer
from callable c, (values ('a'), ('b')) w (who)
where c.pronargs > 0;
select is_empty(
  $$ select a.who, a.proname, a.answer from answers a where a.answer <> 'done' and a.answer !~ '^(PT4|22|23)' $$,
  'a call with nothing but nulls changes nothing, and is no fault of ours'
);

-- Pages have an end, whatever is asked for.
create function pg_temp.longest_list(who text, statement text) returns integer language plpgsql as $$
declare
  answer jsonb;
begin
  perform set_config('request.jwt.claims', format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
  begin
    execute statement into answer;
  exception when sqlstate 'PT422' then
    reset role;
    return 0;
  end;
  reset role;
  return coalesce((
    select max(case jsonb_typeof(l.value) when 'array' then jsonb_array_length(l.value) end) from (
      select answer as value union all select e.value from jsonb_each(case jsonb_typeof(answer) when 'object' then answer else '{}' end) e
    ) l
  ), 0);
end
$$;
create temp table pages as
select c.proname, p.page_limit, pg_temp.longest_list('a', format(
  'select %s from public.%I(%s page_limit => %s) f', case when c.proretset then 'jsonb_agg(f)' else 'to_jsonb(f)' end, c.proname,
  case when 'conversation_id' = any (c.names) then format('conversation_id => %L,', (select d.id from public.conversations d where d.phone = pg_temp.phone('a', 1))) else '' end,
  p.page_limit
)) as rows
from callable c, (values ('null'), ('-1'), ('0'), ('50'), ('1000'), ('2147483647')) p (page_limit)
where 'page_limit' = any (c.names);
select is_empty(
  -- An export reads in pages of its own, of up to 10,000.
  $$ select * from pages p where p.rows > case p.proname when 'customers_after' then 10000 else 1000 end $$,
  'no page holds more than a thousand rows'
);
select is_empty(
  $$ select p.proname from pages p where p.page_limit = '50' and p.rows <> 50 $$,
  'of each list there were more than a page'
);

select * from finish();
rollback;
