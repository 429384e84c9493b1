-- What metrics say of the queues: what is due, since when, and nothing that is not.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

create function pg_temp.age(of_queue text) returns text language sql as $$
  select a.waiting || ' for ' || a.oldest_seconds from private.queue_ages() a where a.queue = of_queue
$$;
select bag_eq(
  'select queue, waiting, oldest_seconds from private.queue_ages()',
  $$ select q as queue, 0::bigint as waiting, 0::bigint as oldest_seconds
     from unnest(array['messages', 'doubts', 'campaigns', 'mails', 'password_resets', 'late_callbacks']) q $$,
  'empty queues are shown, too'
);

select pg_temp.make_owner('a', 12);
update private.breaker_limits set failed_ratio = 1;
select pg_temp.launch('a', 1);
select pg_temp.pass('50 seconds');
select is(pg_temp.age('messages'), '12 for 50', 'messages wait since they could go out');
select is(pg_temp.take(10), 10, 'some are taken');
-- For how long, is then said since the window of the rest opened.
select is(split_part(pg_temp.age('messages'), ' ', 1), '2', 'the rest waits');
select pg_temp.pass('46 seconds');
select is(pg_temp.age('doubts'), '10 for 46', 'what has no outcome in time is in doubt');
update public.campaigns set status = 'paused';
select is(pg_temp.age('messages'), '0 for 0', 'what is paused is not due');

insert into private.mails (kind, recipient, due_at, state, finished_at) values
  ('approval', 'due@queues.test', now() - interval '90 seconds', 'queued', null),
  ('approval', 'later@queues.test', now() + interval '90 seconds', 'queued', null),
  ('approval', 'sent@queues.test', now() - interval '1 day', 'sent', now());
select is(pg_temp.age('mails'), '1 for 90', 'mails that are due, and no others');
insert into private.password_reset_requests (email, requested_at) values ('x@queues.test', now() - interval '7 seconds');
select is(pg_temp.age('password_resets'), '1 for 7', 'resets');
insert into private.waiting_deliveries (news, since)
  values (array_fill(row(null, 'SM1', 'sent', null, null, null, false)::private.delivery_news, array[2]), now() - interval '9 seconds');
select is(pg_temp.age('late_callbacks'), '2 for 9', 'callbacks that wait to be recorded');

select function_privs_are('private', 'queue_ages', '{}', 'dnwerks_send_worker', array['EXECUTE'], 'a send worker may ask');
select * from finish();
rollback;
