-- Invitations end by themselves, say what became of their mail, and admins hear of whoever comes with one.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

-- Their end, by whatever door.
insert into public.invite_codes (code) values ('END-USUAL-001');
insert into public.invite_codes (code, expires_at) values ('END-NULL-0001', null), ('END-SAID-0001', now() + interval '1 day');
select is((select i.expires_at from public.invite_codes i where i.code = 'END-USUAL-001'), now() + interval '14 days', 'two weeks, where nobody says');
select is((select i.expires_at from public.invite_codes i where i.code = 'END-NULL-0001'), now() + interval '14 days', 'or says nothing');
select is((select i.expires_at from public.invite_codes i where i.code = 'END-SAID-0001'), now() + interval '1 day', 'else as somebody says');
update public.invite_codes set expires_at = null where code = 'END-NULL-0001';
select is((select i.expires_at from public.invite_codes i where i.code = 'END-NULL-0001'), null, 'one that is there may be without end');
update private.invite_rules set valid_for = '3 days';
insert into public.invite_codes (code) values ('END-RULE-0001');
select is((select i.expires_at from public.invite_codes i where i.code = 'END-RULE-0001'), now() + interval '3 days', 'operators say how long');
update private.invite_rules set valid_for = null;
insert into public.invite_codes (code) values ('END-NEVER-001');
select is((select i.expires_at from public.invite_codes i where i.code = 'END-NEVER-001'), null, 'or for ever');

-- What became of its mail.
create temp table invite as select i.id from public.invite_codes i where i.code = 'END-USUAL-001';
create function pg_temp.state() returns text language sql as $$ select private.invite_mail_state((select i.id from invite i)) $$;
select is(pg_temp.state(), null, 'no mail');
select private.queue_mail('invitation', 'ann@invite.test', '{"code": "END-USUAL-001"}', (select i.id from invite i));
select is(pg_temp.state(), 'queued', 'it waits');
select private.finish_mail(m.id, 're_309') from private.mails m where m.invite_code_id = (select i.id from invite i);
select is(pg_temp.state(), 'sent', 'Resend has it');
select private.record_mail_event('e1', 'bounced_for_now', 'email.bounced', 're_309', 'full', now());
select is(pg_temp.state(), 'queued', 'it bounced, and is tried again');
select private.finish_mail(m.id, 're_310') from private.mails m where m.state = 'queued' and m.invite_code_id = (select i.id from invite i);
select private.record_mail_event('e2', 'delivered', 'email.delivered', 're_310', null, now());
select is(pg_temp.state(), 'delivered', 'it arrived');
select private.record_mail_event('e3', 'complained', 'email.complained', 're_310', null, now());
select is(pg_temp.state(), 'complained', 'and was called spam');
select private.queue_mail('invitation', 'bob@invite.test', '{}', (select i.id from invite i));
update private.mails m set state = 'suppressed' where m.recipient = 'bob@invite.test';
select is(pg_temp.state(), 'suppressed', 'the address gets no mail');
select private.queue_mail('invitation', 'cy@invite.test', '{}', (select i.id from invite i));
select private.finish_mail(m.id, 're_311') from private.mails m where m.recipient = 'cy@invite.test';
select private.record_mail_event('e4', 'bounced', 'email.bounced', 're_311', 'unknown', now());
select is(pg_temp.state(), 'bounced', 'there is no such address');

-- Admins hear of registrations.
create function pg_temp.person(name text) returns uuid language sql as $$
  select p.id from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = name || '@invite.test'
$$;
insert into auth.users (id, email, email_confirmed_at)
  select gen_random_uuid(), name || '@invite.test', now() from unnest(array['boss', 'chief', 'gone', 'waits', 'user']) name;
update public.user_profiles set role = 'user' where role = 'admin';
update public.user_profiles set role = 'admin' where id in (pg_temp.person('boss'), pg_temp.person('chief'), pg_temp.person('gone'), pg_temp.person('waits'));
update public.user_profiles set status = 'approved' where id in (pg_temp.person('boss'), pg_temp.person('chief'), pg_temp.person('gone'), pg_temp.person('user'));
update public.user_profiles set status = 'rejected' where id = pg_temp.person('gone');
delete from private.mails;
insert into public.invite_codes (code, max_uses) values ('END-MANY-0001', 1000);
create function pg_temp.register(name text) returns void language sql as $$
  insert into auth.users (id, email, raw_user_meta_data)
  values (gen_random_uuid(), name || '@invite.test', '{"invite_code": "END-MANY-0001"}')
$$;
select pg_temp.register('new');
select bag_eq(
  $$ select m.recipient, m.contents ->> 'email' from private.mails m where m.kind = 'registration' $$,
  $$ values ('boss@invite.test', 'new@invite.test'), ('chief@invite.test', 'new@invite.test') $$,
  'each admin gets one mail, and nobody else does'
);
insert into auth.users (id, email) values (gen_random_uuid(), 'made@invite.test');
select is((select count(*) from private.mails m where m.kind = 'registration'), 2::bigint, 'of somebody whom an operator makes they hear nothing');
select pg_temp.register('n' || i) from generate_series(1, 50) i;
select is((select max(n) from (select count(*) as n from private.mails m where m.kind = 'registration' group by m.recipient) c), 20::bigint, 'and no mailbox is flooded');
select is((select count(*) from public.invite_redemptions r join public.invite_codes i on i.id = r.invite_code_id where i.code = 'END-MANY-0001'), 51::bigint, 'while everybody gets in');

select * from finish();
rollback;
