-- One role for each process that has a connection: what it can be tricked into stays within what its own statements need.
-- They can't sign in until an operator gives them a password, and a process uses one by its SUPABASE_DB_URL:
--   alter role dnwerks_twilio_callbacks with login password '…';
-- The rights of `accounts` and `customer-import` are in the two files behind this one. What is defined later says itself
-- whose it is.
do $$
declare
  name text;
begin
  -- Roles belong to the cluster: another database of it may have made them.
  foreach name in array array[
    'dnwerks_accounts', 'dnwerks_customer_import', 'dnwerks_mail_worker', 'dnwerks_send_worker', 'dnwerks_twilio_callbacks'
  ] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = name) then
      execute format('create role %I nologin noinherit', name);
    end if;
  end loop;
end
$$;
grant usage on schema private
  to dnwerks_accounts, dnwerks_customer_import, dnwerks_mail_worker, dnwerks_send_worker, dnwerks_twilio_callbacks;

-- Whether the migration that a process was built with, or a later one, is applied: null where nobody kept a list. Runs as
-- its owner, because a process does not see Supabase's list.
create function private.has_migration(of_version text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is null then
    return null;
  end if;
  return exists (select from supabase_migrations.schema_migrations m where m.version >= of_version);
end
$$;
grant execute on function private.has_migration(text)
  to service_role, dnwerks_accounts, dnwerks_customer_import, dnwerks_mail_worker, dnwerks_send_worker, dnwerks_twilio_callbacks;

-- What Twilio reports.
grant insert on private.twilio_events to dnwerks_twilio_callbacks;
create policy callbacks_append_twilio_events on private.twilio_events for insert to dnwerks_twilio_callbacks with check (true);
grant insert (news), select (id) on private.waiting_deliveries to dnwerks_twilio_callbacks;
create policy callbacks_append_waiting_deliveries on private.waiting_deliveries to dnwerks_twilio_callbacks
  using (true) with check (true);
grant execute on function
  private.count_tallies(bigint, timestamp with time zone),
  private.record_deliveries(private.delivery_news[], boolean, boolean),
  private.record_waiting_deliveries(boolean, boolean, integer, bigint),
  private.record_waiting_deliveries_singly(),
  private.keep_twilio_events(integer)
  to dnwerks_twilio_callbacks;

-- What is sent.
grant select, update on private.campaign_changes to dnwerks_send_worker;
create policy send_worker_logs_campaign_changes on private.campaign_changes to dnwerks_send_worker using (true) with check (true);

-- The rest of both by name: the functions take many arguments, and each has one form.
do $$
declare
  form regprocedure;
  of_role record;
begin
  for of_role in
    select * from (values
      ('dnwerks_twilio_callbacks', array['receive_inbound', 'sends_may_begin']),
      ('dnwerks_send_worker', array[
        'advance_list_reading', 'apply_suppressions', 'correct_pace', 'find_silent_messages', 'finish_list_reading',
        'free_sender', 'hold_sender', 'keep_campaigns_moving', 'launch_due_campaign', 'open_messages',
        'put_off_list_reading', 'record_deliveries', 'record_outcomes', 'register_sender', 'roll_up_senders',
        'settle_doubt', 'take_doubts', 'take_list_reading', 'take_messages'
      ])
    ) r (name, functions)
  loop
    for form in
      select p.oid from pg_catalog.pg_proc p
      where p.pronamespace = 'private'::regnamespace and p.proname = any (of_role.functions)
    loop
      execute format('grant execute on function %s to %I', form, of_role.name);
    end loop;
  end loop;
end
$$;

-- The outbox, and what Resend reports of it.
grant select, insert, update on private.mails, private.mail_pause to dnwerks_mail_worker;
grant select, insert on private.mail_events to dnwerks_mail_worker;
grant select, insert, update on private.mail_suppressions to dnwerks_mail_worker;
create policy mail_worker_sends_mails on private.mails to dnwerks_mail_worker using (true) with check (true);
create policy mail_worker_pauses on private.mail_pause to dnwerks_mail_worker using (true) with check (true);
create policy mail_worker_keeps_events on private.mail_events to dnwerks_mail_worker using (true) with check (true);
create policy mail_worker_suppresses on private.mail_suppressions to dnwerks_mail_worker using (true) with check (true);
grant execute on function
  private.finish_mail(uuid, text),
  private.record_mail_event(text, text, text, text, text, timestamp with time zone),
  private.follow_mail_events(text, text),
  private.uuid_v7()
  to dnwerks_mail_worker;
