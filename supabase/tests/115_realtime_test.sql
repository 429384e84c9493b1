-- What Realtime publishes: see the migration "realtime". It decodes the publication's tables, and its kinds of changes.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

select is(
  (select row(p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate)::text from pg_publication p where p.pubname = 'supabase_realtime'),
  '(t,t,f,f)',
  'inserts and updates only: ids of deleted rows would go to every account'
);
select bag_eq(
  $$ select t.schemaname || '.' || t.tablename from pg_publication_tables t where t.pubname = 'supabase_realtime' $$,
  $$ values ('public.campaigns'), ('public.customer_imports'), ('public.conversations'), ('public.conversation_messages') $$,
  'the published tables are those on the list. If a new one is: can an import or a launch flood it?'
);
create temp view published as
select c.oid, c.relname, c.relreplident, c.relrowsecurity from pg_publication_rel r
join pg_publication p on p.oid = r.prpubid join pg_class c on c.oid = r.prrelid
where p.pubname = 'supabase_realtime';
select is_empty(
  'select p.relname from published p where not p.relrowsecurity',
  'Realtime asks row level security for each subscriber'
);
select is_empty(
  'select p.relname from published p where p.relreplident <> ''d''',
  'of an old row, an update carries the primary key only'
);
select is_empty(
  $$ select p.relname, t.attname from published p join pg_attribute t on t.attrelid = p.oid and t.attnum > 0 and not t.attisdropped
     where not has_column_privilege('authenticated', p.oid, t.attnum, 'select') or has_column_privilege('anon', p.oid, t.attnum, 'select') $$,
  'what is published, signed-in people may read, and strangers not'
);

-- What a subscriber of another account is asked about: Realtime reads each changed row as that person, by its key.
insert into auth.users (id, email, email_confirmed_at) values
  ('a0000000-0000-4000-8000-000000000115', 'a@realtime.test', now()), ('b0000000-0000-4000-8000-000000000115', 'b@realtime.test', now());
update public.user_profiles set id = ('a1' || substr(user_id::text, 3))::uuid, status = 'approved'
where user_id = 'a0000000-0000-4000-8000-000000000115';
update public.user_profiles set status = 'approved' where user_id = 'b0000000-0000-4000-8000-000000000115';
insert into public.campaigns (user_id, name) values ('a1000000-0000-4000-8000-000000000115', 'a');
insert into public.customer_imports (user_id) values ('a1000000-0000-4000-8000-000000000115');
insert into public.conversations (id, user_id, phone, last_message_at, last_inbound_at)
  values ('a2000000-0000-4000-8000-000000000115', 'a1000000-0000-4000-8000-000000000115', '+14155550115', now(), now());
insert into public.conversation_messages (conversation_id, direction, body) values ('a2000000-0000-4000-8000-000000000115', 'in', 'Hi');
create function pg_temp.seen_by(person text, table_name text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  perform set_config('request.jwt.claims', format('{"sub":"%s0000000-0000-4000-8000-000000000115","role":"authenticated"}', person), true);
  set local role authenticated;
  execute format('select count(*) from public.%I', table_name) into n;
  reset role;
  return n;
end
$$;
select is(pg_temp.seen_by('a', p.relname), 1::bigint, p.relname || ': its owner hears of it') from published p;
select is(pg_temp.seen_by('b', p.relname), 0::bigint, p.relname || ': another account does not') from published p;

select * from finish();
rollback;
