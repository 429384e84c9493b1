-- Erasing a person: what goes, what stays, and what happens when somebody brings the number in again.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 4), pg_temp.make_owner('b', 1);
create function pg_temp.p() returns text language sql as $$ select pg_temp.phone('a', 1) $$;
create function pg_temp.become(who text) returns void language plpgsql as $$
begin
  reset role;
  perform set_config('request.jwt.claims',
    format('{"sub":"%s0000000-0000-4000-8000-000000000240","role":"authenticated"}', who), true);
  set local role authenticated;
end
$$;
grant execute on all functions in schema pg_temp to authenticated;

-- Everything that may know a number. The name is a search for the number itself.
update public.customers set first_name = 'Ann', last_name = 'Example', email = 'ann@person.test' where phone = pg_temp.p();
select pg_temp.launch('a', 1);
select pg_temp.take_all();
select pg_temp.record(array(select m.id from public.campaign_messages m where m.phone_number <> pg_temp.p()), 'sent', null, false);
select throws_ok(format('select private.erase_person(%L, ''she asked'', null)', pg_temp.p()), 'PT409', 'messages_under_way', 'not while a text is under way');
select is((select count(*) from public.customers where phone = pg_temp.p()), 1::bigint, 'then nothing has happened');
select pg_temp.record(array(select m.id from public.campaign_messages m where m.phone_number = pg_temp.p()), 'sent');
-- One that was deleted, and one of a customer who has another number by now.
select pg_temp.launch('a', 2), pg_temp.launch('a', 3);
select pg_temp.take_all();
select pg_temp.record(array(select m.id from public.campaign_messages m where m.status = 'pending'), 'sent');
delete from public.campaigns where id = pg_temp.id('a', 2);
insert into public.campaign_messages (campaign_id, customer_id, phone_number, message_body, status)
select pg_temp.id('a', 3), c.id, pg_temp.p(), 'Hello Ann', 'delivered' from public.customers c where c.phone = pg_temp.phone('a', 2);
select pg_temp.become('a');
insert into public.campaigns (id, name, message_body) values (pg_temp.id('a', 4), 'tested', 'Hello');
select public.test_campaign(pg_temp.id('a', 4), pg_temp.p());
reset role;
update public.campaign_messages set status = 'delivered' where customer_id is null;
delete from private.send_claims;
insert into public.phone_lookups (user_id, phone, valid) values (pg_temp.owner('a'), pg_temp.p(), true), (pg_temp.owner('b'), pg_temp.p(), true);
insert into public.customer_imports (id, user_id, status) values ('e0000000-0000-4000-8000-000000000237', pg_temp.owner('a'), 'completed');
insert into public.customer_import_rejects (import_id, row, column_name, code, detail, cells) values
  ('e0000000-0000-4000-8000-000000000237', 2, 'email', 'email_invalid', 'no', array['Ann', '(' || substr(pg_temp.p(), 3, 3) || ') ' || substr(pg_temp.p(), 6, 3) || '-' || substr(pg_temp.p(), 9)]),
  ('e0000000-0000-4000-8000-000000000237', 3, 'email', 'email_invalid', 'no', array['Ann', substr(pg_temp.p(), 2)]),
  ('e0000000-0000-4000-8000-000000000237', 4, 'email', 'email_invalid', 'no', array['Bea', '(415) 555-0177']);
insert into private.customer_import_changes (import_id, customer_id, before, after)
  select 'e0000000-0000-4000-8000-000000000237', c.id, '{"first_name": "Ann"}', '{}' from public.customers c where c.phone = pg_temp.p();
select private.record_consents(pg_temp.owner('a'), null, array(
  select row(pg_temp.phone('a', n), 'given', '2026-01-01', 'import', '{"form": "shop"}')::private.new_consent from generate_series(1, 4) n
));
select private.receive_inbound(sid, pg_temp.p(), '+15005550006', null, body, 0, keyword, 'You get no more.', null, 'From=%2B' || substr(pg_temp.p(), 2) || '&Body=' || body)
from (values ('SM1', 'Who is this?', 'other'), ('SM2', 'STOP', 'stop')) t (sid, body, keyword);
insert into private.waiting_consents (phone, action, happened_at, source) values (pg_temp.p(), 'revoked', now(), 'inbound');
select private.suppress(pg_temp.p(), pg_temp.owner('a'), 'manual', 'person', '{"note": "Ann called"}');
select private.suppress(pg_temp.p(), null, 'complaint', 'person');
select private.lift_suppressions(pg_temp.p(), null, '{complaint}', 'person', 'Ann took it back');
select private.apply_suppressions();
select is(
  (select json_array_length(s -> 'messages') from private.number_story(pg_temp.p(), null) s), 5,
  'five messages are known: of two campaigns, a deleted one, a test, and of a customer who has another number'
);

select results_eq(
  $$ select r ->> 'body', r ->> 'keyword', r ->> 'answer' from json_array_elements(private.number_story(pg_temp.p(), pg_temp.owner('a')) -> 'received') r $$,
  $$ values ('Who is this?', 'other', null), ('STOP', 'stop', 'You get no more.') $$, 'and what came from the number'
);

-- Where the number stands, in whatever table and spelling.
create function pg_temp.places() returns setof text language plpgsql as $$
declare
  place record;
  n bigint;
begin
  for place in
    select c.relnamespace::regnamespace || '.' || c.relname as name from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname
  loop
    execute format('select count(*) from %s t where to_jsonb(t)::text like any (array[%L, %L, %L, %L])', place.name,
      '%' || substr(pg_temp.p(), 3) || '%', '%(' || substr(pg_temp.p(), 3, 3) || ') ' || substr(pg_temp.p(), 6, 3) || '-' || substr(pg_temp.p(), 9) || '%',
      '%person.test%', '%Ann %') into n;
    if n > 0 then
      return next place.name;
    end if;
  end loop;
end
$$;
select results_eq(
  'select * from pg_temp.places()',
  $$ values ('public.campaign_messages'), ('private.consent_events'), ('private.consent_heads'), ('public.conversations'),
    ('public.customer_import_rejects'), ('private.customer_search'), ('public.customers'), ('private.message_archive'),
    ('public.phone_lookups'), ('private.suppression_lifts'), ('private.suppressions'), ('private.test_sends'),
    ('private.twilio_events'), ('private.waiting_consents') $$,
  'the number is in all these tables'
);
select throws_ok(
  format('select private.erase_person(%L, ''she asked'', null)', pg_temp.p()), 'PT409', 'messages_under_way',
  'not while Twilio still has something to say of a text'
);
update public.campaign_messages set status = 'delivered' where status = 'sent' and phone_number = pg_temp.p();
select throws_ok(
  format('select private.erase_person(%L, ''she asked'', null)', pg_temp.p()), 'PT409', 'messages_under_way', 'nor of one that is deleted'
);
select pg_temp.pass('48 hours');
select ok(
  private.erase_person(pg_temp.p(), 'case 7', pg_temp.owner('b')) @> '{
    "public.customers": 1, "public.campaign_messages": 4, "public.conversations": 1, "private.twilio_events": 2,
    "private.consent_events": 2, "private.suppressions": 3, "public.phone_lookups": 2, "public.customer_import_rejects": 2
  }', 'a person is erased'
);
select is_empty('select * from pg_temp.places()', 'then it is in none');
select is((select count(*) from public.conversation_messages), 0::bigint, 'and what came from it is gone');
select is((select count(*) from private.customer_import_changes), 0::bigint, 'nor what an undo would write back');
select results_eq(
  $$ select e.phone_hash = private.phone_hash(pg_temp.p()), octet_length(e.phone_hash), e.why, e.erased_by,
       (select array_agg(concat_ws(' ', s ->> 'reason', s ->> 'source', s ->> 'user_id') order by s ->> 'reason') from jsonb_array_elements(e.suppressions) s)
     from private.erased_numbers e $$,
  $$ values (true, 32, 'case 7', pg_temp.owner('b'), array['manual person ' || pg_temp.owner('a'), 'opted_out stop']) $$,
  'only the hash is left, with what held'
);
select is((select count(*) from public.customers), 4::bigint, 'others are still there');
select is((select count(*) from private.consent_events), 3::bigint, 'with their consents');
select is_empty('select * from private.verify_consents()', 'whose chains hold');
select throws_ok('delete from private.suppressions', '55000', null, 'the suppressions of others are kept')
  from private.suppress(pg_temp.phone('a', 4), null, 'opted_out', 'stop');
select throws_ok('delete from private.consent_events', '55000', 'consents_are_kept', 'and their consents');

-- Who brings it in again finds it suppressed.
select is(private.may_text(pg_temp.p(), pg_temp.owner('a')), false, 'the number is not texted before somebody brings it in');
select is(private.suppression_of(pg_temp.p(), pg_temp.owner('b')), 'opted_out', 'by nobody');
create function pg_temp.brought_in(by text) returns text language plpgsql as $$
declare
  answer text;
begin
  begin
    case by
      when 'insert' then insert into public.customers (user_id, phone) values (pg_temp.owner('b'), pg_temp.p());
      when 'patch' then
        perform pg_temp.become('b');
        update public.customers set phone = pg_temp.p() where phone = pg_temp.phone('b', 1);
        reset role;
      when 'import' then perform private.restore_erased_suppressions(array[pg_temp.phone('b', 1), pg_temp.p(), pg_temp.p(), null]);
      when 'test' then
        perform pg_temp.become('a');
        begin
          perform public.test_campaign(pg_temp.id('a', 4), pg_temp.p());
        exception when sqlstate 'PT422' then answer := sqlerrm;
        end;
        reset role;
      when 'START' then perform private.lift_suppressions(pg_temp.p(), null, '{opted_out}', 'start', 'START');
    end case;
    answer := concat_ws('; ', answer, (
      select string_agg(concat_ws(' ', s.reason, case when s.user_id is not null then 'own' end, s.evidence ->> 'restored', case when s.lifted_at is not null then 'lifted' end), ', ' order by s.reason)
      from private.suppressions s where s.phone = pg_temp.p()
    ), (select concat_ws(' ', c.status, c.inactive_reason) from public.customers c where c.phone = pg_temp.p()));
    raise exception using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return answer;
end
$$;
select is(pg_temp.brought_in(b.by), b.answer, 'by ' || b.by)
from (values
  ('insert', 'manual own true, opted_out true; inactive opted_out'), ('patch', 'manual own true, opted_out true; inactive opted_out'),
  ('import', 'manual own true, opted_out true'), ('START', 'manual own true, opted_out true lifted')
) b (by, answer);
select is(pg_temp.brought_in('test'), 'phone_suppressed', 'nor does a test go there');
select is(private.restore_erased_suppressions(array[pg_temp.p()]), 1, 'once');
select is(private.restore_erased_suppressions(array[pg_temp.p()]), 0, 'not twice');
select is((select count(*) from private.erased_numbers), 0::bigint, 'then the hash is gone');
select is((select since < now() from private.suppressions where phone = pg_temp.p() and reason = 'opted_out') is not null, true, 'the time when it began is kept');

-- Erased again; and one of whom nothing was said.
select is(private.erase_person(pg_temp.p(), 'case 8', null) ->> 'private.suppressions', '2', 'a person can be erased again');
select is(private.erase_person(pg_temp.p(), 'case 9', null), '{}', 'and again, when nothing is left to erase');
select is(private.suppression_of(pg_temp.p(), pg_temp.owner('b')), 'opted_out', 'without losing what held');
select is(private.erase_person(pg_temp.phone('a', 3), 'case 10', null) ->> 'private.suppressions', null, 'also who was not suppressed');
insert into public.customers (user_id, phone) values (pg_temp.owner('a'), pg_temp.phone('a', 3));
select is((select status from public.customers where phone = pg_temp.phone('a', 3)), 'active', 'who may then come again');
select throws_ok($$ select private.erase_person('12', 'x', null) $$, 'PT422', 'phone_invalid', 'what is no number is not erased');

-- While a campaign is being sent, and nobody has taken the text yet.
delete from public.campaigns;
select pg_temp.launch('a', 5);
select is((select total_recipients from public.campaigns), 2, 'a campaign to two');
select is(private.erase_person(pg_temp.phone('a', 2), 'case 11', null) ->> 'public.campaign_messages', '1', 'one of whom is erased');
select results_eq($$ select total_recipients, pending_count from public.campaigns $$, $$ values (1, 1) $$, 'counts them no more');
select is(pg_temp.wrong_counters() + pg_temp.misplaced(), 0::bigint, 'and is right otherwise');
select is(pg_temp.take_all(), 1, 'and goes to those who are left and not suppressed');

-- What an account alone has said goes with it.
delete from public.user_profiles where id = pg_temp.owner('a');
select is(private.restore_erased_suppressions(array[pg_temp.p()]), 1, 'what is left when an account is gone');
select is((select array_agg(reason) from private.suppressions where phone = pg_temp.p()), '{opted_out}', 'is what holds for all');

-- Nobody reads the key or the hashes.
select is_empty(
  $$ select r, t from unnest('{anon,authenticated,service_role}'::text[]) r, unnest('{private.number_hash_key,private.erased_numbers}'::text[]) t
     where has_table_privilege(r, t, 'select') $$, 'nobody reads the key or the hashes'
);
select is_empty(
  $$ select r from unnest('{anon,authenticated,service_role}'::text[]) r where has_function_privilege(r, 'private.phone_hash(text)', 'execute') $$,
  'nor hashes a number'
);

select * from finish();
rollback;
