-- Campaigns from templates, and the merge fields that texts may have.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid default gen_random_uuid(), profile_id uuid);
insert into people (name) values ('ann'), ('bob'), ('pending');
grant select on people to authenticated;
insert into auth.users (id, email, email_confirmed_at) select user_id, name || '@templates.test', now() from people;
update people set profile_id = p.id from public.user_profiles p where p.user_id = people.user_id;
update public.user_profiles set status = 'approved' where id in (select profile_id from people where name <> 'pending');
create function pg_temp.id(person text) returns uuid language sql stable as $$ select p.profile_id from people p where p.name = person $$;
create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
  set local role authenticated;
end
$$;
create temp table templates as
  with made as (
    insert into public.campaign_templates (id, user_id, name, message_body) values
      ('a0000000-0000-4000-8000-000000000225', pg_temp.id('ann'), 'Mine', 'Hi {{ first_name }}'),
      ('b0000000-0000-4000-8000-000000000225', pg_temp.id('ann'), 'Other', 'Bye'),
      ('c0000000-0000-4000-8000-000000000225', pg_temp.id('bob'), 'Theirs', 'Secret')
    returning id
  ) select * from made;

select pg_temp.become('ann');
insert into public.campaigns (id, name, template_id, status, scheduled_at) values
  ('a1000000-0000-4000-8000-000000000225', 'from it', 'a0000000-0000-4000-8000-000000000225', 'scheduled', now() + interval '1 day');
select results_eq(
  $$ select c.message_body, c.template_id from public.campaigns c where c.name = 'from it' $$,
  $$ values ('Hi {{ first_name }}', 'a0000000-0000-4000-8000-000000000225'::uuid) $$, 'a campaign gets the text, and remembers where from'
);
insert into public.campaigns (name, template_id, message_body) values ('changed', 'a0000000-0000-4000-8000-000000000225', 'Hello');
select is((select c.message_body from public.campaigns c where c.name = 'changed'), 'Hello', 'a text of its own stays');
update public.campaigns set template_id = 'b0000000-0000-4000-8000-000000000225' where name = 'from it';
select is((select c.message_body from public.campaigns c where c.name = 'from it'), 'Bye', 'another template brings its text');
update public.campaigns set template_id = 'a0000000-0000-4000-8000-000000000225', message_body = 'Mine now' where name = 'from it';
select is((select c.message_body from public.campaigns c where c.name = 'from it'), 'Mine now', 'unless one is given');
update public.campaign_templates set message_body = 'Edited' where name = 'Mine';
select is((select c.message_body from public.campaigns c where c.name = 'from it'), 'Mine now', 'an edit of the template changes no campaign');
update public.campaigns set template_id = template_id, name = 'from it' where name = 'from it';
select is((select c.message_body from public.campaigns c where c.name = 'from it'), 'Mine now', 'nor does writing back the whole row');
select throws_ok(
  $$ insert into public.campaigns (name, template_id) values ('x', 'c0000000-0000-4000-8000-000000000225') $$,
  'PT422', 'template_unknown', 'another account''s template does not exist'
);
select throws_ok(
  $$ update public.campaigns set template_id = 'c0000000-0000-4000-8000-000000000225' where name = 'changed' $$,
  'PT422', 'template_unknown', 'not for a change either'
);
select is(
  (public.duplicate_campaign('a1000000-0000-4000-8000-000000000225')).template_id,
  'a0000000-0000-4000-8000-000000000225', 'a copy remembers it too'
);
reset role;
update public.campaigns set status = 'sending', launched_at = now(), pending_count = 1 where name = 'from it';
select pg_temp.become('ann');
select throws_ok(
  $$ update public.campaigns set template_id = 'b0000000-0000-4000-8000-000000000225' where name = 'from it' $$,
  'PT409', 'campaign_already_launched', 'after the launch nothing changes'
);
select lives_ok($$ delete from public.campaign_templates where name = 'Mine' $$, 'a template can be deleted all the same');
select results_eq(
  $$ select c.message_body, c.template_id from public.campaigns c where c.name = 'from it' $$,
  $$ values ('Mine now', null::uuid) $$, 'and the campaign keeps its text'
);
reset role;

-- Merge fields.
insert into public.customers (user_id, phone, attributes)
  select pg_temp.id('ann'), '+1415555' || (2250 + i), jsonb_build_object('plan', 'gold', case i % 2 when 0 then 'Visits' else 'size 1' end, '3')
  from generate_series(1, 6) i;
insert into public.customers (user_id, phone) values (pg_temp.id('ann'), '+14155552259');
insert into public.customers (user_id, phone, attributes) values (pg_temp.id('bob'), '+14155552249', '{"secret": "x"}');
select pg_temp.become('ann');
select results_eq(
  $$ select f.name, f.kind, f.tag from json_to_recordset(public.template_fields()) f (name text, kind text, tag text) $$,
  $$ values ('first_name', 'column', '{{ first_name }}'), ('last_name', 'column', '{{ last_name }}'),
       ('email', 'column', '{{ email }}'), ('phone', 'column', '{{ phone }}'), ('state', 'column', '{{ state }}'),
       ('plan', 'attribute', '{{ attributes.plan }}'), ('size 1', 'attribute', null), ('Visits', 'attribute', '{{ attributes.Visits }}') $$,
  'merge fields are the columns and the attributes of the account''s own customers'
);
reset role;
select is(
  (select count(*) from json_to_recordset((select public.template_fields() from (select pg_temp.become('bob')) b)) f (tag text)
   where f.tag is not null and private.text_problem(f.tag) is not null),
  0::bigint, 'and each tag can be sent'
);
reset role;
delete from public.customers where user_id = pg_temp.id('ann') and attributes ? 'Visits';
select pg_temp.become('ann');
select is(json_array_length(public.template_fields()), 7, 'one that nobody has any more is gone');
reset role;
select pg_temp.become('pending');
select throws_ok('select public.template_fields()', 'PT403', 'not_approved', 'who is not approved is told nothing');
reset role;

-- New users get templates, by whatever door they are approved.
select is(
  (select count(*) from public.campaign_templates t where t.user_id = pg_temp.id('bob') and t.is_default),
  (select count(*) from private.default_templates), 'who is approved gets the default templates'
);
insert into auth.users (id, email) values ('d0000000-0000-4000-8000-000000000225', 'd@templates.test');
delete from public.user_profiles where user_id = 'd0000000-0000-4000-8000-000000000225';
insert into public.user_profiles (id, user_id, status) values ('d1000000-0000-4000-8000-000000000225', 'd0000000-0000-4000-8000-000000000225', 'approved');
select is(
  (select count(*) from public.campaign_templates t where t.user_id = 'd1000000-0000-4000-8000-000000000225'),
  (select count(*) from private.default_templates), 'so does who is made approved'
);

select * from finish();
rollback;
