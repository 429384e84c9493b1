-- Every table, verb and role: what each kind of caller sees, inserts, changes and deletes.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

-- Two tenants, an admin, a pending and a rejected person, made as the owner of the tables.
create temp table people (name text primary key, user_id uuid, profile_id uuid, role text, status text);
insert into people values
  ('alice',   'a0000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001', 'user',  'approved'),
  ('bob',     'b0000000-0000-4000-8000-000000000001', 'b1000000-0000-4000-8000-000000000001', 'user',  'approved'),
  ('admin',   'c0000000-0000-4000-8000-000000000001', 'c1000000-0000-4000-8000-000000000001', 'admin', 'approved'),
  ('pending', 'd0000000-0000-4000-8000-000000000001', 'd1000000-0000-4000-8000-000000000001', 'user',  'pending'),
  ('rejected','e0000000-0000-4000-8000-000000000001', 'e1000000-0000-4000-8000-000000000001', 'admin', 'rejected');
grant select on people to authenticated, anon;

insert into auth.users (id, email) select user_id, name || '@rls.test' from people;
delete from public.user_profiles where user_id in (select user_id from people);
insert into public.user_profiles (id, user_id, role, status) select profile_id, user_id, role, status from people;
delete from public.campaign_templates where user_id in (select profile_id from people);

-- One row of everything for each of them; ids end in 2 (customer), 3 (campaign), 4 (message), 5 (template) …
create function pg_temp.id_of(person text, kind int) returns uuid language sql as $$
  select (left(p.profile_id::text, 1) || kind || '000000-0000-4000-8000-000000000001')::uuid from people p where p.name = person
$$;
insert into public.customers (id, user_id, phone)
  select pg_temp.id_of(name, 2), profile_id, '+1415555' || (1000 + row_number() over (order by name)) from people;
insert into public.campaigns (id, user_id, name, message_body) select pg_temp.id_of(name, 3), profile_id, name, 'Hello' from people;
insert into public.campaign_messages (id, campaign_id, customer_id, phone_number)
  select pg_temp.id_of(name, 4), pg_temp.id_of(name, 3), pg_temp.id_of(name, 2), '+14155550000' from people;
insert into public.campaign_templates (id, user_id, name) select pg_temp.id_of(name, 5), profile_id, name from people;
insert into public.invite_codes (id, code, created_by) select pg_temp.id_of(name, 6), 'rls-' || name, profile_id from people;
insert into public.password_reset_tokens (id, token, user_id, email, expires_at)
  select pg_temp.id_of(name, 7), 'rls-' || name, profile_id, name || '@rls.test', now() + interval '1 hour' from people;
insert into public.admin_password_resets (id, user_id, admin_id, reset_token_id)
  select pg_temp.id_of(name, 8), profile_id, pg_temp.id_of('admin', 1), pg_temp.id_of(name, 7) from people;

create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  reset role;
  if person = 'anon' then
    perform set_config('request.jwt.claims', '{"role":"anon"}', true);
    set local role anon;
  else
    perform set_config('request.jwt.claims',
      (select json_build_object('sub', user_id, 'role', 'authenticated',
        -- What a person may write about themselves must never count.
        'user_metadata', json_build_object('role', 'admin', 'status', 'approved'))::text from people where name = person), true);
    set local role authenticated;
  end if;
end
$$;

-- Runs a statement as `person`: the number of rows it touched, or the SQLSTATE that refused it. Leaves no trace.
create function pg_temp.try(person text, statement text) returns text language plpgsql as $$
declare
  touched bigint;
  answer text;
begin
  perform pg_temp.become(person);
  begin
    execute statement;
    get diagnostics touched = row_count;
    answer := touched::text;
    raise exception using errcode = 'ZZ000', message = 'undo';
  exception
    when sqlstate 'ZZ000' then null;
    when others then answer := sqlstate;
  end;
  reset role;
  return answer;
end
$$;

create temp table expected (person text, statement text, answer text);

-- Reading: whose rows each sees, of the five that this test made.
insert into expected
select who.name, format('select 1 from public.%I where id::text like ''__000000-0000-4000-8000-000000000001''', t.name),
  case
    when who.name = 'anon' then '42501'
    when t.name = 'password_reset_tokens' then case who.name when 'admin' then '5' else '0' end
    when who.name = 'admin' then '5'
    when t.admins_only then '0'
    when t.name = 'user_profiles' then '1'
    when who.name in ('alice', 'bob') then '1'
    else '0'
  end
from (values ('anon'), ('alice'), ('bob'), ('admin'), ('pending'), ('rejected')) who (name),
  (values ('user_profiles', false), ('customers', false), ('campaigns', false), ('campaign_messages', false),
    ('campaign_templates', false), ('invite_codes', true), ('password_reset_tokens', true), ('admin_password_resets', true)) t (name, admins_only);

-- Changing one's own row, another's row (by its guessed id), and everything.
insert into expected
select who.name, format(s.statement, t.name, t.change, pg_temp.id_of(coalesce(s.of, who.name), t.kind)),
  case
    when who.name = 'admin' then s.admin
    when who.name in ('alice', 'bob') then s.owner
    else '0'
  end
from (values ('alice'), ('bob'), ('admin'), ('pending'), ('rejected')) who (name),
  (values ('customers', 2, 'first_name = ''X'''), ('campaigns', 3, 'name = ''X'''), ('campaign_templates', 5, 'name = ''X''')) t (name, kind, change),
  (values
    ('update public.%1$I set %2$s where id = %3$L', null, '1', '1'),
    ('delete from public.%1$I where id = %3$L', null, '1', '1'),
    ('update public.%1$I set %2$s where id = %3$L', 'pending', '1', '0'),
    ('delete from public.%1$I where id = %3$L', 'rejected', '1', '0'),
    ('update public.%1$I set %2$s where id::text like ''__000000-0000-4000-8000-000000000001''', null, '5', '1')
  ) s (statement, of, admin, owner);
-- A pending person's own row is not theirs to change either.
update expected set answer = '0' where person in ('pending', 'rejected') and statement !~ '^select';

-- Tenants against each other, both ways.
insert into expected
select a.who, format(s.statement, t.name, pg_temp.id_of(a.victim, t.kind)), '0'
from (values ('alice', 'bob'), ('bob', 'alice')) a (who, victim),
  (values ('customers', 2), ('campaigns', 3), ('campaign_templates', 5)) t (name, kind),
  (values ('select 1 from public.%1$I where id = %2$L'), ('delete from public.%1$I where id = %2$L')) s (statement);
insert into expected values
  ('alice', format('select 1 from public.campaign_messages where id = %L', pg_temp.id_of('bob', 4)), '0'),
  ('alice', format('select 1 from public.user_profiles where id = %L', pg_temp.id_of('bob', 1)), '0'),

-- Inserting: one's own, without an owner (which is then oneself), and into another's name.
  ('alice', format('insert into public.customers (user_id, phone) values (%L, ''+14155551901'')', pg_temp.id_of('alice', 1)), '1'),
  ('alice', 'insert into public.customers (phone) values (''+14155551902''), (''+14155551903'')', '2'),
  ('alice', format('insert into public.customers (user_id, phone) values (%L, ''+14155551904'')', pg_temp.id_of('bob', 1)), '42501'),
  ('alice', format('insert into public.campaigns (user_id, name) values (%L, ''x'')', pg_temp.id_of('bob', 1)), '42501'),
  ('alice', format('insert into public.campaign_templates (user_id, name) values (%L, ''x'')', pg_temp.id_of('bob', 1)), '42501'),
  ('admin', format('insert into public.customers (user_id, phone) values (%L, ''+14155551905'')', pg_temp.id_of('bob', 1)), '1'),
  ('pending', 'insert into public.customers (phone) values (''+14155551906'')', '42501'),
  ('rejected', 'insert into public.customers (phone) values (''+14155551907'')', '42501'),
  ('pending', format('insert into public.customers (user_id, phone) values (%L, ''+14155551908'')', pg_temp.id_of('pending', 1)), '42501'),
  ('anon', 'insert into public.customers (phone) values (''+14155551909'')', '42501'),
  ('pending', 'insert into public.campaigns (name) values (''x'')', '42501'),
  ('pending', 'insert into public.campaign_templates (name) values (''x'')', '42501'),
  -- An upsert on another tenant's phone neither reads nor changes it.
  ('alice', 'insert into public.customers (phone, first_name) values ((select ''+14155551003''), ''stolen'') on conflict (phone) do update set first_name = ''stolen''', 'PT409'),
  -- Giving a row away.
  ('alice', format('update public.customers set user_id = %L where id = %L', pg_temp.id_of('bob', 1), pg_temp.id_of('alice', 2)), '42501'),

-- Roles and status: nobody's own, whoever they are, by whatever verb.
  ('alice', 'update public.user_profiles set role = ''admin''', '0'),
  ('pending', 'update public.user_profiles set status = ''approved''', '0'),
  ('rejected', 'update public.user_profiles set status = ''approved''', '0'),
  ('admin', format('update public.user_profiles set role = ''user'' where id = %L', pg_temp.id_of('admin', 1)), '0'),
  ('admin', format('update public.user_profiles set status = ''approved'' where id = %L', pg_temp.id_of('pending', 1)), '1'),
  ('alice', 'update public.user_profiles set approved_at = now()', '42501'),
  ('admin', 'update public.user_profiles set approved_at = now()', '42501'),
  ('pending', 'insert into public.user_profiles (user_id, role, status) values (auth.uid(), ''admin'', ''approved'')', '42501'),
  ('pending', 'insert into public.user_profiles (user_id, role) values (auth.uid(), ''admin'') on conflict (user_id) where user_id is not null do update set role = ''admin''', '42501'),
  ('alice', 'delete from public.user_profiles', '42501'),

-- Counters and delivery fields.
  ('alice', 'update public.campaigns set delivered_count = 99', '42501'),
  ('alice', 'update public.campaigns set total_recipients = 99', '42501'),
  ('alice', 'insert into public.campaigns (name, sent_count) values (''x'', 5)', '42501'),
  ('alice', 'update public.campaigns set sent_at = now()', '42501'),
  ('alice', format('update public.campaigns set user_id = %L', pg_temp.id_of('bob', 1)), 'PT409'),
  ('alice', 'update public.campaigns set id = gen_random_uuid()', 'PT409'),
  ('admin', format('update public.campaigns set user_id = %L where id = %L', pg_temp.id_of('bob', 1), pg_temp.id_of('alice', 3)), 'PT409'),
  ('alice', format('insert into public.campaigns (id, name) values (%L, ''y'') on conflict (id) do update set id = excluded.id, name = excluded.name',
    pg_temp.id_of('alice', 3)), '1'),
  ('admin', format('insert into public.campaigns (id, user_id, name) values (%L, %L, ''z'')
    on conflict (id) do update set id = excluded.id, user_id = excluded.user_id, name = excluded.name', pg_temp.id_of('alice', 3), pg_temp.id_of('alice', 1)), '1'),
  ('bob', format('insert into public.campaigns (id, name) values (%L, ''x'') on conflict (id) do update set id = excluded.id, name = excluded.name',
    pg_temp.id_of('alice', 3)), '42501'),
  ('alice', 'update public.campaign_messages set status = ''delivered''', '42501'),
  ('alice', 'delete from public.campaign_messages', '42501'),
  ('alice', format('insert into public.campaign_messages (campaign_id, phone_number) values (%L, ''+1'')', pg_temp.id_of('alice', 3)), '42501'),
  ('admin', 'update public.campaign_messages set status = ''delivered''', '42501'),

-- Invitations and resets are written by functions and services only; the token is nobody's.
  ('alice', 'insert into public.invite_codes (code) values (''free'')', '42501'),
  ('pending', 'update public.invite_codes set max_uses = 99', '42501'),
  ('admin', 'select token from public.password_reset_tokens', '42501'),
  ('alice', 'insert into public.password_reset_tokens (token, email, expires_at) values (''x'', ''x'', now())', '42501'),
  ('admin', 'delete from public.password_reset_tokens', '42501'),
  ('admin', 'insert into public.admin_password_resets (reason) values (''x'')', '42501'),
  ('alice', 'delete from public.admin_password_resets', '42501');

-- Anonymous people: every table, every verb.
insert into expected
select 'anon', format(s.statement, t.name), '42501'
from (values ('user_profiles'), ('customers'), ('campaigns'), ('campaign_messages'), ('campaign_templates'),
    ('invite_codes'), ('password_reset_tokens'), ('admin_password_resets')) t (name),
  (values ('insert into public.%I default values'), ('update public.%I set id = id'), ('delete from public.%I')) s (statement);

select is(pg_temp.try(person, statement), answer, person || ': ' || statement) from expected;

-- Nothing answers to anonymous people but what PostgREST calls before each of their requests, and what our API asks about
-- a stream's token before it knows whose that is.
select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace in ('private'::regnamespace, 'public'::regnamespace)
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
       and has_function_privilege('anon', p.oid, 'execute')
       and p.oid not in ('private.check_request()'::regprocedure, 'public.event_stream_token(text, text)'::regprocedure) $$,
  'anonymous people may call no other function of ours'
);
select is_empty(
  $$ select c.oid::regclass, r.role from pg_class c, (values
       ('anon', 'select, insert, update, delete, truncate, references, trigger'), ('authenticated', 'truncate, references, trigger')
     ) r (role, privileges)
     where c.relnamespace in ('private'::regnamespace, 'public'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm')
       and has_table_privilege(r.role, c.oid, r.privileges) $$,
  'anonymous people have no privilege on a table of ours, and nobody has one that row level security does not limit'
);

select * from finish();
rollback;
