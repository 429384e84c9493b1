-- How long records are kept that nobody needs for ever. Kept for good: consents, suppressions, what was sent, and who was
-- let in by whom. Deleted elsewhere by the days said here: callbacks as they came (private.keep_twilio_events, by
-- twilio-callbacks) and rejected rows (private.expire_import_rejects, by customer-import).

-- In days, from the day on which a record is finished. One row; only operators write it. No triggers.
create table private.retention (
  only_row boolean primary key default true check (only_row),
  mails integer not null default 30 check (mails between 7 and 3650),
  mail_events integer not null default 90 check (mail_events between 7 and 3650),
  reset_tokens integer not null default 30 check (reset_tokens between 1 and 3650),
  admin_resets integer not null default 730 check (admin_resets between 1 and 3650),
  imports integer not null default 180 check (imports between 1 and 3650),
  import_rejects integer not null default 30 check (import_rejects between 1 and 3650),
  twilio_events integer not null default 90 check (twilio_events between 2 and 3650),
  phone_lookups integer not null default 400 check (phone_lookups between 1 and 3650),
  test_sends integer not null default 30 check (test_sends between 1 and 3650),
  audit_log integer not null default 730 check (audit_log between 90 and 3650),
  due_at timestamp with time zone not null default '-infinity'
);
alter table private.retention enable row level security;
comment on column private.retention.mails is 'mails that were sent, failed or were not to be sent: the addresses and what is left of the contents';
comment on column private.retention.mail_events is 'what Resend reported';
comment on column private.retention.reset_tokens is 'after they have expired';
comment on column private.retention.admin_resets is 'the records of resets that admins started';
comment on column private.retention.imports is 'records, with the rows that were rejected and what undoing them needs';
comment on column private.retention.import_rejects is 'the rejected rows, to be downloaded, since the import began';
comment on column private.retention.twilio_events is
  'callbacks and texts as Twilio sent them; the setting TWILIO_EVENTS_DAYS of twilio-callbacks goes first';
comment on column private.retention.phone_lookups is 'what Twilio said of a number, and how many lookups were used';
comment on column private.retention.test_sends is 'the numbers to which tests went';
comment on column private.retention.audit_log is 'what admins and operators did';
comment on column private.retention.due_at is 'when to look next';
insert into private.retention default values;
grant select, update on private.retention to service_role;

-- Deletes what has been kept long enough, at most `at_most` of each kind, and returns how many records went. Looks once an
-- hour, and at once again where something is left; so several processes may call it whenever they like, and all but one
-- have nothing to do. What somebody has locked stays for the next time. Side effects: the deletions, with what goes with
-- them by foreign keys; admin_password_resets.reset_token_id becomes null.
create function private.expire_records(at_most integer default 5000) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  kept private.retention;
  -- Deleting one takes its rejects and changes along.
  most_imports constant integer := least(at_most, 20);
  tokens uuid[];
  counts bigint[];
  imports_gone integer;
begin
  select r.* into kept from private.retention r where r.due_at <= now() for update skip locked;
  if not found then
    return 0;
  end if;

  tokens := array(
    select t.id from public.password_reset_tokens t
    where t.expires_at < now() - make_interval(days => kept.reset_tokens)
    order by t.id limit at_most for update skip locked
  );
  -- The record of an admin's reset outlives its token.
  update public.admin_password_resets r set reset_token_id = null where r.reset_token_id = any (tokens);
  delete from public.password_reset_tokens t where t.id = any (tokens);

  with mails as (
    delete from private.mails m where m.id in (
      select d.id from private.mails d
      where d.state <> 'queued' and d.finished_at < now() - make_interval(days => kept.mails)
      order by d.id limit at_most for update skip locked
    )
    returning 1
  ),
  mail_events as (
    delete from private.mail_events e where e.id in (
      select d.id from private.mail_events d
      where d.received_at < now() - make_interval(days => kept.mail_events)
      order by d.id limit at_most for update skip locked
    )
    returning 1
  ),
  admin_resets as (
    delete from public.admin_password_resets r where r.id in (
      select d.id from public.admin_password_resets d
      where d.status <> 'pending' and d.created_at < now() - make_interval(days => kept.admin_resets)
      order by d.id limit at_most for update skip locked
    )
    returning 1
  ),
  references_of_gone as (
    delete from private.cleared_references c where c.id in (
      select d.id from private.cleared_references d
      where d.cleared_at < now() - make_interval(days => kept.admin_resets)
        and not exists (select from public.user_profiles p where p.id = d.row_id)
        and not exists (select from public.invite_codes i where i.id = d.row_id)
        and not exists (select from public.admin_password_resets r where r.id = d.row_id)
      order by d.id limit at_most for update skip locked
    )
    returning 1
  ),
  lookups as (
    delete from public.phone_lookups l where (l.user_id, l.phone) in (
      select d.user_id, d.phone from public.phone_lookups d
      where d.looked_up_at < now() - make_interval(days => kept.phone_lookups)
      order by d.user_id, d.phone limit at_most for update skip locked
    )
    returning 1
  ),
  spending as (
    delete from private.phone_lookup_spending s where (s.user_id, s.day) in (
      select d.user_id, d.day from private.phone_lookup_spending d
      where d.day < (now() at time zone 'UTC')::date - kept.phone_lookups
      order by d.user_id, d.day limit at_most for update skip locked
    )
    returning 1
  ),
  keys as (
    delete from private.idempotency_keys k where (k.user_id, k.key) in (
      select d.user_id, d.key from private.idempotency_keys d
      where d.created_at < now() - interval '24 hours'
      order by d.user_id, d.key limit at_most for update skip locked
    )
    returning 1
  ),
  tests as (
    delete from private.test_sends t where t.test_id in (
      select d.test_id from private.test_sends d
      where d.sent_at < now() - make_interval(days => kept.test_sends)
      order by d.test_id limit at_most for update skip locked
    )
    returning 1
  ),
  audit_log as (
    delete from private.audit_log a where a.id in (
      select d.id from private.audit_log d
      where d.at < now() - make_interval(days => kept.audit_log)
      order by d.id limit at_most for update skip locked
    )
    returning 1
  )
  select array[
    cardinality(tokens), (select count(*) from mails), (select count(*) from mail_events),
    (select count(*) from admin_resets), (select count(*) from references_of_gone), (select count(*) from lookups),
    (select count(*) from spending), (select count(*) from keys), (select count(*) from tests),
    (select count(*) from audit_log)
  ] into counts;

  delete from public.customer_imports i where i.id in (
    select d.id from public.customer_imports d
    where d.finished_at < now() - make_interval(days => kept.imports)
    order by d.id limit most_imports for update skip locked
  );
  get diagnostics imports_gone = row_count;

  update private.retention r
  set due_at = case when at_most = any (counts) or imports_gone = most_imports then now() else now() + interval '1 hour' end;
  return imports_gone + (select sum(c.n) from unnest(counts) c (n));
end
$$;
grant execute on function private.expire_records(integer) to service_role, dnwerks_accounts;
