-- A stopped campaign says why, also when its last message failed a moment before it was stopped.
begin;
create extension if not exists pgtap with schema extensions;
select plan(4);

insert into auth.users (id, email) values ('f0000000-0000-4000-8000-000000000001', 'stop@stop.test');
update public.user_profiles set status = 'approved' where user_id = 'f0000000-0000-4000-8000-000000000001';
insert into public.campaigns (id, user_id, name, message_body, status, failure_reason, scheduled_at)
select s.id, p.id, s.name, 'Hello', s.status, s.reason, s.at
from public.user_profiles p,
  (values
    ('f3000000-0000-4000-8000-000000000001'::uuid, 'ended for nothing', 'failed', 'nothing_sent', null::timestamptz),
    ('f3000000-0000-4000-8000-000000000002'::uuid, 'due', 'scheduled', null, now() - interval '1 minute')
  ) s (id, name, status, reason, at)
where p.user_id = 'f0000000-0000-4000-8000-000000000001';

select private.stop_campaign('f3000000-0000-4000-8000-000000000001', 'twilio_account', 'Twilio refuses the account.');
select is((select failure_reason from public.campaigns where id = 'f3000000-0000-4000-8000-000000000001'),
  'twilio_account', 'the reason of the stop replaces the one that says nothing');
select private.stop_campaign('f3000000-0000-4000-8000-000000000001', 'message_refused', 'Another.');
select is((select failure_reason from public.campaigns where id = 'f3000000-0000-4000-8000-000000000001'),
  'twilio_account', 'the first reason of a stop stays');

-- A schedule does not outlive its owner's approval.
update public.user_profiles set status = 'rejected' where user_id = 'f0000000-0000-4000-8000-000000000001';
select cmp_ok(private.launch_due_campaigns(1000), '>=', 1, 'the schedule of a rejected owner is dealt with');
select is((select status || ' ' || failure_reason from public.campaigns where id = 'f3000000-0000-4000-8000-000000000002'),
  'failed owner_not_approved', 'by failing, with the reason');

select * from finish();
rollback;
