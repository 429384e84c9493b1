-- A person whom an admin deletes: what runs is stopped, Auth forgets them, what was theirs is archived or handed over.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table people (name text primary key, user_id uuid default gen_random_uuid(), profile_id uuid);
insert into people (name) values ('anna'), ('ben'), ('carl'), ('dora'), ('emil'), ('pending');
grant select on people to authenticated;
insert into auth.users (id, email, email_confirmed_at) select user_id, name || '@gone.test', now() from people;
update people set profile_id = p.id from public.user_profiles p where p.user_id = people.user_id;
update public.user_profiles set status = 'approved' where id in (select profile_id from people where name <> 'pending');
-- Only these admins count here; the transaction is rolled back.
update public.user_profiles set role = 'admin' where id in (select profile_id from people where name in ('anna', 'emil'));
update public.user_profiles set role = 'user' where role = 'admin' and id not in (select profile_id from people);

create function pg_temp.id(person text) returns uuid language sql stable as $$ select p.profile_id from people p where p.name = person $$;
grant execute on function pg_temp.id(text) to authenticated;
create function pg_temp.become(person text) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims',
    (select json_build_object('sub', user_id, 'role', 'authenticated')::text from people where name = person), true);
  set local role authenticated;
end
$$;

-- What Ben has: campaigns of each kind, customers, templates, an import, conversations, suppressions, consents.
insert into auth.sessions (id, user_id) select gen_random_uuid(), p.user_id from people p where p.name = 'ben';
insert into public.customers (user_id, phone, first_name) values
  (pg_temp.id('ben'), '+14155553081', 'Ada'), (pg_temp.id('ben'), '+14155553082', 'Bob'), (pg_temp.id('ben'), '+14155553083', 'Cy');
insert into private.suppressions (phone, user_id, reason, source, evidence) values
  ('+14155553082', pg_temp.id('ben'), 'manual', 'person', '{"note": "asked on the phone"}'),
  ('+14155553084', pg_temp.id('ben'), 'listed', 'list', null);
select private.apply_suppressions(100);
select private.record_consents(pg_temp.id('ben'), null, array[
  row('+14155553081', 'given', now(), 'person', '{}')::private.new_consent
]);
insert into public.campaigns (user_id, name, message_body, status, scheduled_at, launched_at, total_recipients, pending_count) values
  (pg_temp.id('ben'), 'draft', 'Hi', 'draft', null, null, 0, 0),
  (pg_temp.id('ben'), 'scheduled', 'Hi', 'scheduled', now() + interval '1 day', null, 0, 0),
  (pg_temp.id('ben'), 'sending', 'Hi', 'sending', null, now(), 5, 5);
insert into public.customer_imports (user_id, status) values (pg_temp.id('ben'), 'running');
insert into public.conversations (user_id, phone, last_message_at, last_inbound_at, unread_count) values
  (pg_temp.id('ben'), '+14155553081', now(), now(), 2), (pg_temp.id('ben'), '+14155553089', now(), now(), 1),
  (pg_temp.id('carl'), '+14155553081', now() - interval '1 day', now() - interval '1 day', 1);
insert into public.conversation_messages (conversation_id, direction, body)
  select c.id, 'in', 'Hello' from public.conversations c where c.user_id in (pg_temp.id('ben'), pg_temp.id('carl'));
select private.open_password_reset(pg_temp.id('ben'), 'secret', 'hash-308', '1 hour', pg_temp.id('anna'), 'lost phone');
create temp table templates as select count(*) as n from public.campaign_templates t where t.user_id = pg_temp.id('ben');
grant select on templates to authenticated;

insert into private.message_archive (message_id, owner_id, phone_number, message_body, status, sent_at) values
  (gen_random_uuid(), pg_temp.id('ben'), '+14155553087', 'Hi', 'sent', now());
-- What comes in for the old account while its customers move.
create function pg_temp.say_stop() returns trigger language plpgsql as $$
begin
  perform private.suppress('+14155553083', pg_temp.id('ben'), 'likely_revoked', 'words');
  return null;
end
$$;
create trigger say_stop after update of user_id on public.customers for each statement execute function pg_temp.say_stop();

-- Who may.
select pg_temp.become('carl');
select throws_ok(format('select public.delete_user(%L)', pg_temp.id('ben')), 'PT403', 'admin_required', 'a user deletes nobody');
reset role;
select pg_temp.become('pending');
select throws_ok(format('select public.delete_user(%L)', pg_temp.id('ben')), 'PT403', 'admin_required', 'nor does who is not approved');
reset role;
select pg_temp.become('anna');
select throws_ok(format('select public.delete_user(%L)', pg_temp.id('anna')), 'PT403', 'own_account', 'nobody deletes themselves');
select throws_ok(format('select public.delete_user(%L)', gen_random_uuid()), 'PT404', 'user_not_found', 'nor anybody who is not there');
select throws_ok(
  format('select public.delete_user(%L, %L)', pg_temp.id('ben'), o.id), 'PT422', 'new_owner_not_approved', 'the new owner is not ' || o.who
) from (values (pg_temp.id('ben'), 'the same person'), (pg_temp.id('pending'), 'somebody who waits'), (gen_random_uuid(), 'nobody')) o (id, who);
select throws_ok($$ select private.delete_account(gen_random_uuid(), null, null) $$, '42501', null, 'and there is no other door');
reset role;
select is((select count(*) from auth.users where email = 'ben@gone.test'), 1::bigint, 'so far nothing has happened');

-- Handed over.
delete from private.mails m where m.kind <> 'password_reset';
select pg_temp.become('anna');
create temp table deleted as select public.delete_user(pg_temp.id('ben'), pg_temp.id('carl')) as what;
reset role;
select is((select d.what::jsonb - 'id' from deleted d), jsonb_build_object(
  'handed_over_to', pg_temp.id('carl'), 'canceled_campaigns', 2,
  'handed_over', jsonb_build_object('templates', (select t.n from templates t), 'campaigns', 3, 'customers', 3, 'imports', 1)
), 'the answer says what was done');
select is((select count(*) from auth.users where email = 'ben@gone.test'), 0::bigint, 'Auth knows them no more');
select is((select count(*) from auth.sessions s join people p using (user_id) where p.name = 'ben'), 0::bigint, 'their sessions have ended');
select results_eq(
  $$ select p.user_id, p.status, p.deleted_at is not null from public.user_profiles p where p.id = pg_temp.id('ben') $$,
  $$ values (null::uuid, 'rejected', true) $$, 'the profile stays, without a person'
);
select bag_eq(
  $$ select c.name, c.status from public.campaigns c where c.user_id = pg_temp.id('carl') $$,
  $$ values ('draft', 'draft'), ('scheduled', 'canceled'), ('sending', 'canceled') $$, 'campaigns have the new owner, and none goes on'
);
select bag_eq(
  $$ select c.first_name, c.status, c.inactive_reason from public.customers c where c.user_id = pg_temp.id('carl') $$,
  $$ values ('Ada', 'active', null), ('Bob', 'inactive', 'manual'), ('Cy', 'inactive', 'likely_revoked') $$, 'so have customers'
);
select ok(not private.may_text('+14155553082', pg_temp.id('carl')), 'whom the old account must not text, the new one must not either');
select ok(not private.may_text('+14155553084', pg_temp.id('carl')), 'customer or not');
select is(
  (select s.evidence ->> 'note' from private.suppressions s where s.user_id = pg_temp.id('carl') and s.phone = '+14155553082'),
  'asked on the phone', 'and it is known why'
);
select ok(private.has_consent('+14155553081', pg_temp.id('carl')), 'consent counts for the new owner');
select is(
  private.number_story('+14155553081', pg_temp.id('carl')) #>> '{consents, 0, account_id}', pg_temp.id('ben')::text, 'who sees it'
);
select is(
  private.number_story('+14155553087', pg_temp.id('carl')) #>> '{messages, 0, body}', 'Hi', 'with what was sent and deleted'
);
select is(private.owner_of_number('+14155553087'), pg_temp.id('carl'), 'and gets the answer to that');
select ok(not private.has_consent('+14155553081', pg_temp.id('dora')), 'and for nobody else');
select bag_eq(
  $$ select c.phone, c.unread_count, (select count(*) from public.conversation_messages m where m.conversation_id = c.id)
     from public.conversations c where c.user_id = pg_temp.id('carl') $$,
  $$ values ('+14155553081', 3, 2::bigint), ('+14155553089', 1, 1::bigint) $$, 'conversations join those that the new owner has'
);
select is((select count(*) from public.conversations c where c.user_id = pg_temp.id('ben')), 0::bigint, 'and none is left');
select isnt((select i.cancel_requested_at from public.customer_imports i where i.user_id = pg_temp.id('carl')), null, 'a running import is told to stop');
select is((select count(*) from public.password_reset_tokens t where t.email = 'ben@gone.test'), 0::bigint, 'the link of a reset is worth nothing');
select is((select r.status from public.admin_password_resets r where r.user_id = pg_temp.id('ben')), 'cancelled', 'its record stays');
select is_empty($$ select from private.mails m where m.state = 'queued' and m.recipient = 'ben@gone.test' $$, 'and no mail goes to them');
select results_eq(
  $$ select d.deleted_by, d.handed_over_to from private.deleted_accounts d where d.profile_id = pg_temp.id('ben') $$,
  $$ select pg_temp.id('anna'), pg_temp.id('carl') $$, 'it is on record who did it'
);
select pg_temp.become('anna');
select is_empty($$ select from public.user_profiles p where p.id = pg_temp.id('ben') $$, 'admins see the person no more');
reset role;

-- Archived, and handed over later, with what came from somebody else.
select pg_temp.become('anna');
select is((public.delete_user(pg_temp.id('carl')) ->> 'handed_over'), null, 'without a new owner nothing is handed over');
select is((select count(*) from public.customers c where c.user_id = pg_temp.id('carl')), 3::bigint, 'it stays, and admins see it');
select throws_ok(format('select public.delete_user(%L)', pg_temp.id('carl')), 'PT404', 'user_not_found', 'nobody is deleted twice');
select lives_ok(format('select public.delete_user(%L, %L)', pg_temp.id('carl'), pg_temp.id('dora')), 'what is archived can be handed over');
reset role;
select throws_ok(
  format('select private.delete_account(%L, %L, null)', pg_temp.id('carl'), pg_temp.id('anna')), 'PT404', 'user_not_found', 'once'
);
select is((select count(*) from public.customers c where c.user_id = pg_temp.id('dora')), 3::bigint, 'to somebody who has it then');
select ok(private.has_consent('+14155553081', pg_temp.id('dora')), 'with the consent given to the first account');
select ok(not private.may_text('+14155553082', pg_temp.id('dora')), 'and what it must not text');
select is_empty('select * from private.verify_consents()', 'the ledger is as it was');

-- Admins.
select pg_temp.become('anna');
select lives_ok(format('select public.delete_user(%L)', pg_temp.id('emil')), 'an admin deletes another one');
reset role;
select throws_ok(
  format('select private.delete_account(%L, null, null)', pg_temp.id('anna')), 'PT409', 'last_admin', 'nobody deletes the last one'
);
select lives_ok($$ insert into auth.users (id, email) values (gen_random_uuid(), 'ben@gone.test') $$, 'the address is free again');

select * from finish();
rollback;
