-- The outbox. A mail is queued by the transaction that causes it, so that both happen or neither;
-- the mail worker sends it afterwards. What only the mail may know (a reset token) stands in
-- `contents` until the mail is out or given up, and is then erased.
create table private.mails (
  id uuid primary key default private.uuid_v7(),
  kind text not null check (kind in (
    'invitation', 'approval', 'rejection', 'password_reset', 'password_changed', 'campaign_finished'
  )),
  recipient text not null,
  contents jsonb not null default '{}',
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed', 'suppressed', 'cancelled')),
  due_at timestamp with time zone not null default now(),
  -- A worker that has taken the mail holds it until then; afterwards another may.
  leased_until timestamp with time zone,
  attempts integer not null default 0,
  first_attempt_at timestamp with time zone,
  provider_id text,
  last_error text,
  created_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone
);
create index mails_due_idx on private.mails (due_at) where state = 'queued';
create index mails_provider_id_idx on private.mails (provider_id) where provider_id is not null;
alter table private.mails enable row level security;

-- Addresses that bounced or complained: no mail goes there any more.
create table private.mail_suppressions (
  address text primary key check (address = lower(address)),
  reason text not null check (reason in ('bounced', 'complained')),
  created_at timestamp with time zone not null default now()
);
alter table private.mail_suppressions enable row level security;

-- What Resend told us, once per event.
create table private.mail_events (
  id text primary key,
  kind text not null,
  provider_id text,
  received_at timestamp with time zone not null default now()
);
alter table private.mail_events enable row level security;

-- Since when Resend's quota is used up, and until when nothing is sent: one row for all workers.
create table private.mail_pause (
  only_row boolean primary key default true check (only_row),
  reason text not null,
  paused_until timestamp with time zone not null
);
alter table private.mail_pause enable row level security;

create function private.queue_mail(kind text, recipient text, contents jsonb) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into private.mails (kind, recipient, contents)
  select queue_mail.kind, queue_mail.recipient, queue_mail.contents
  where queue_mail.recipient <> ''
$$;
revoke all on function private.queue_mail(text, text, jsonb) from public, anon, authenticated;

-- The owner learns that a campaign has ended, with the figures of that moment.
create function private.mail_finished_campaign() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.queue_mail(
    'campaign_finished',
    (
      select u.email from public.user_profiles p join auth.users u on u.id = p.user_id
      where p.id = new.user_id and p.status = 'approved'
    ),
    jsonb_build_object(
      'campaign_id', new.id,
      'name', new.name,
      'status', new.status,
      'total_recipients', new.total_recipients,
      'sent_count', new.sent_count,
      'delivered_count', new.delivered_count,
      'failed_count', new.failed_count
    )
  );
  return null;
end
$$;
-- Not `of status`: the update that ends a campaign names its counters, a trigger sets the status.
create trigger mail_finished_campaign after update on public.campaigns
  for each row when (new.status in ('sent', 'failed') and old.status is distinct from new.status)
  execute function private.mail_finished_campaign();
