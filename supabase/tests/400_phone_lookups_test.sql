-- Phone lookups: whose cache, how long it is believed, and what an account may spend a day.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid, profile_id uuid, role text, status text);
insert into people values
  ('alice',   'a0000000-0000-4000-8000-000000000004', 'a1000000-0000-4000-8000-000000000004', 'user',  'approved'),
  ('bob',     'b0000000-0000-4000-8000-000000000004', 'b1000000-0000-4000-8000-000000000004', 'user',  'approved'),
  ('admin',   'c0000000-0000-4000-8000-000000000004', 'c1000000-0000-4000-8000-000000000004', 'admin', 'approved'),
  ('pending', 'd0000000-0000-4000-8000-000000000004', 'd1000000-0000-4000-8000-000000000004', 'user',  'pending');
insert into auth.users (id, email) select user_id, name || '@lookup.test' from people;
delete from public.user_profiles where user_id in (select user_id from people);
insert into public.user_profiles (id, user_id, role, status) select profile_id, user_id, role, status from people;

create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
end
$$;
create function pg_temp.owner(person text) returns uuid language sql as $$
  select profile_id from people where name = person
$$;
grant select on people to authenticated;
create function pg_temp.spent(person text) returns integer language sql as $$
  select coalesce(sum(lookups), 0)::integer from private.phone_lookup_spending where user_id = pg_temp.owner(person)
$$;

-- The limit.
select results_eq(
  $$select phone, turn from private.begin_phone_lookups(pg_temp.owner('alice'),
      array['+14155550103', '+14155550101', '+14155550103', null, '+14155550102'], '90 days', 2)$$,
  $$values ('+14155550103', 'granted'), ('+14155550101', 'granted'), ('+14155550102', 'limit_reached')$$,
  'each number counts once, and the first are granted'
);
select is(pg_temp.spent('alice'), 2, 'what is granted is counted');
select is((select turn from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550109'], '90 days', 2)), 'limit_reached', 'then the day is spent');
select is((select turn from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550109'], '90 days', 0)), 'limit_reached', 'a lower limit takes nothing back');
select is((select turn from private.begin_phone_lookups(pg_temp.owner('bob'), array['+14155550109'], '90 days', 2)), 'granted', 'another account has its own day');
select private.give_back_phone_lookups(pg_temp.owner('alice'), 1);
select is((select turn from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550109'], '90 days', 2)), 'granted', 'what is given back can be spent');
select private.give_back_phone_lookups(pg_temp.owner('bob'), 50);
select is(pg_temp.spent('bob'), 0, 'nobody is given back more than was taken');
select private.give_back_phone_lookups(pg_temp.owner('alice'), -50);
select is(pg_temp.spent('alice'), 2, 'and a negative number takes nothing');
update private.phone_lookup_spending set day = day - 1 where user_id = pg_temp.owner('alice');
select is((select turn from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550109'], '90 days', 2)), 'granted', 'another day, another allowance');

-- The cache.
select private.record_phone_lookups(pg_temp.owner('alice'), '[
  {"phone": "+14155550101", "valid": true, "line_type": "mobile", "country_code": "US", "validation_errors": []},
  {"phone": "+14155550102", "valid": false, "validation_errors": ["TOO_SHORT"]},
  {"phone": "+14155550102", "valid": false, "validation_errors": ["TOO_SHORT"]}]');
select is(
  (select array_agg(concat_ws(' ', phone, turn, valid, line_type, validation_errors) order by phone)
   from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550101', '+14155550102'], '90 days', 0)),
  array['+14155550101 known t mobile {}', '+14155550102 known f {TOO_SHORT}'],
  'what Twilio said is known, and costs nothing'
);
select is((select turn from private.begin_phone_lookups(pg_temp.owner('bob'), array['+14155550101'], '90 days', 5)), 'granted', 'to its own account only');
update public.phone_lookups set looked_up_at = now() - interval '91 days' where phone = '+14155550101';
select is((select turn from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550101'], '90 days', 5)), 'granted', 'not for ever');
select is((select turn from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550101'], '92 days', 5)), 'known', 'but as long as the operator says');
select private.record_phone_lookups(pg_temp.owner('alice'), '[{"phone": "+14155550101", "valid": true, "line_type": "landline", "country_code": "US"}]');
select is(
  (select line_type from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550101'], '90 days', 5)),
  'landline', 'a newer answer replaces an older one'
);
select throws_ok(
  $$select private.record_phone_lookups(pg_temp.owner('alice'), '[{"phone": "nonsense", "valid": true}]')$$,
  '23514', null, 'only phone numbers are kept'
);

-- People.
select pg_temp.become('bob');
set local role authenticated;
select is((select turn from public.begin_phone_lookup('+14155550107', '90 days', 5)), 'granted', 'a person begins a lookup');
select is((public.record_phone_lookup('{"phone": "+14155550107", "valid": true, "line_type": "mobile"}')).line_type, 'mobile', 'and records it');
select is((select turn from public.begin_phone_lookup('+14155550107', '90 days', 5)), 'known', 'in a cache');
select is((select array_agg(phone) from public.phone_lookups), array['+14155550107'], 'that is their own');
select throws_ok($$insert into public.phone_lookups (user_id, phone, valid) values (pg_temp.owner('alice'), '+14155550108', true)$$, '42501', null, 'nobody writes it by hand');
select throws_ok($$update public.phone_lookups set valid = false$$, '42501', null, 'or changes it');
select throws_ok($$delete from public.phone_lookups$$, '42501', null, 'or deletes from it');
select throws_ok($$select private.give_back_phone_lookups(pg_temp.owner('bob'), 1)$$, '42501', null, 'nobody gives lookups back to themselves');
select throws_ok($$select * from private.begin_phone_lookups(pg_temp.owner('alice'), array['+14155550108'], '90 days', 5)$$, '42501', null, 'nobody spends another''s');
select throws_ok($$select private.record_phone_lookups(pg_temp.owner('alice'), '[]')$$, '42501', null, 'or writes into another''s cache');
select throws_ok($$select * from private.phone_lookup_spending$$, '42501', null, 'what is spent is nobody''s to see');
reset role;
select is((select user_id from public.phone_lookups where phone = '+14155550107'), pg_temp.owner('bob'), 'the row is the caller''s');

select pg_temp.become('admin');
set local role authenticated;
select is((select count(*) from public.phone_lookups where phone like '+141555501%'), 3::bigint, 'an admin sees every account''s');
reset role;

select pg_temp.become('pending');
set local role authenticated;
select throws_ok($$select public.begin_phone_lookup('+14155550107', '90 days', 5)$$, '42501', null, 'an unapproved person begins nothing');
select throws_ok($$select public.record_phone_lookup('{"phone": "+14155550107", "valid": true}')$$, '42501', null, 'records nothing');
select is_empty($$select from public.phone_lookups$$, 'and sees nothing');
reset role;
select is(pg_temp.spent('pending'), 0, 'nor is anything counted');

select * from finish();
rollback;
