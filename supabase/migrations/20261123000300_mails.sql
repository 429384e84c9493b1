-- The outbox. A mail is queued in the transaction that causes it, so that both happen or
-- neither does; the mail worker sends it afterwards.

-- Mails to send and mails sent. `contents` is erased once the mail has arrived, can't be repeated any more or is
-- given up: at once for one with a secret (a reset token). No triggers.
create table private.mails (
  id uuid primary key default private.uuid_v7(),
  kind text not null check (kind in (
    'invitation', 'registration', 'approval', 'rejection', 'password_reset', 'password_changed', 'email_changed',
    'campaign_finished', 'campaign_paused', 'sender_alarm'
  )),
  -- As long as an address in Auth can be.
  recipient text not null check (char_length(recipient) <= 255),
  contents jsonb not null default '{}',
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed', 'suppressed', 'canceled')),
  due_at timestamp with time zone not null default now(),
  -- The worker that took the mail keeps it until then; afterwards another one may take it.
  leased_until timestamp with time zone,
  attempts integer not null default 0,
  first_attempt_at timestamp with time zone,
  provider_id text,
  last_error text,
  -- How often it may still be sent again, as a row of its own, after a bounce that passes.
  repeats_left smallint not null default 3,
  -- The invitation that it brings, so that admins see what became of it once its contents are erased.
  invite_code_id uuid references public.invite_codes (id) on delete set null,
  created_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone
);
create index mails_due_idx on private.mails (due_at) where state = 'queued';
create index mails_provider_id_idx on private.mails (provider_id) where provider_id is not null;
create index mails_invite_code_id_idx on private.mails (invite_code_id) where invite_code_id is not null;
alter table private.mails enable row level security;

-- How long sending is paused, for instance because Resend's quota is used up. At most one row.
create table private.mail_pause (
  only_row boolean primary key default true check (only_row),
  reason text not null,
  paused_until timestamp with time zone not null
);
alter table private.mail_pause enable row level security;

-- Queues a mail, or nothing if there is no recipient; of a person who is deleted, Auth keeps a hash in place of the
-- address. Side effect: a row in private.mails.
create function private.queue_mail(kind text, recipient text, contents jsonb, invite_code_id uuid default null) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into private.mails (kind, recipient, contents, repeats_left, invite_code_id)
  select queue_mail.kind, queue_mail.recipient, queue_mail.contents,
    -- Its token would have to be kept, and would have run out: who needs another one asks for it.
    case queue_mail.kind when 'password_reset' then 0 else 3 end,
    queue_mail.invite_code_id
  where position('@' in queue_mail.recipient) > 0
$$;
