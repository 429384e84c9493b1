-- The work of the send workers. A pending message of a launched campaign stands in exactly one of three
-- places: in the rest of a range (nobody has taken it), among the retries (taken in vain), or in a claim
-- (a worker has it, or nobody knows whether Twilio has it). So no message is taken twice.
--
-- Everybody locks in this order: sender, lanes, the owner (an advisory lock, by takes only), claims in the order of
-- their ids, range or retry, messages in the order of their ids, suppressions in the order of their numbers, campaigns
-- in the order of their ids. Who comes back to an earlier one skips what is locked.

-- Up to 10,000 consecutive positions of one campaign whose recipients share a quiet group. No triggers.
create table private.send_ranges (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  first integer not null,
  last integer not null check (last >= first),
  next integer not null,
  quiet_group text,
  due_at timestamp with time zone not null,
  closes_at timestamp with time zone not null default '-infinity',
  primary key (campaign_id, first)
);
alter table private.send_ranges enable row level security;
comment on column private.send_ranges.quiet_group is 'null: texts may go out at any hour';
comment on column private.send_ranges.due_at is 'when the window of its quiet group opens';
comment on column private.send_ranges.closes_at is 'when that window closes; texts still go out before';

-- Messages that are to be tried again. No triggers.
create table private.send_retries (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  position integer not null,
  quiet_group text,
  due_at timestamp with time zone not null,
  primary key (campaign_id, position)
);
alter table private.send_retries enable row level security;
create index send_retries_due_idx on private.send_retries (campaign_id, due_at);

-- One row for each launched campaign that may still have something to send: whose turn it is. The lane with
-- the lowest `served` is next; a take adds its segments times the owner's lanes, so owners share a sender
-- equally, and the campaigns of an owner share theirs. One that slept starts where the sender stands: it makes up
-- for nothing. No triggers.
create table private.send_lanes (
  campaign_id uuid primary key references public.campaigns (id) on delete cascade,
  sender_id uuid not null references private.senders (id) on delete cascade,
  served double precision not null default 0,
  segments double precision not null default 1,
  due_at timestamp with time zone not null
);
alter table private.send_lanes enable row level security;
comment on column private.send_lanes.segments is 'segments of one message, as far as known';
comment on column private.send_lanes.due_at is 'when it may have something to send; infinity: nothing is left';
create index send_lanes_sender_id_idx on private.send_lanes (sender_id, due_at);
-- Lanes stay when their campaign has ended; those of all years must not be read every few seconds.
create index send_lanes_awake_idx on private.send_lanes (campaign_id) where due_at < 'infinity';

-- What one take gave to a worker. Deleted once all its messages have an outcome; what is left of it at
-- `doubt_at` is in doubt. The times are the claimer's, so workers with other settings don't misjudge it.
-- No triggers.
create table private.send_claims (
  id bigint generated always as identity primary key,
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  positions integer[] not null,
  quiet_group text,
  worker text not null,
  claimed_at timestamp with time zone not null,
  machine_time timestamp with time zone not null default clock_timestamp(),
  doubt_at timestamp with time zone not null,
  absent_at timestamp with time zone not null,
  looks integer not null default 0,
  not_found integer[] not null default '{}'
);
alter table private.send_claims enable row level security;
comment on column private.send_claims.machine_time is 'claimed_at by the machine''s clock, to compare with Twilio''s';
comment on column private.send_claims.looks is 'how often somebody took it to look at Twilio''s lists; each time the next is put off for longer';
comment on column private.send_claims.not_found is
  'positions that somebody has really looked for, and not found: after one such look, a later one may prove the absence';
comment on column private.send_claims.absent_at is 'before, nobody concludes that Twilio does not have a message';
create index send_claims_campaign_id_idx on private.send_claims (campaign_id);
create index send_claims_doubt_at_idx on private.send_claims (doubt_at);

-- Messages of Twilio's besides the one that a message's row names: earlier attempts, and texts that
-- went out twice. No triggers.
create table private.message_attempts (
  sid text primary key,
  message_id uuid not null references public.campaign_messages (id) on delete cascade,
  reason text not null,
  error_code integer,
  ended_at timestamp with time zone not null default now()
);
alter table private.message_attempts enable row level security;
create index message_attempts_message_id_idx on private.message_attempts (message_id);

-- Keeps on record what is under way when a campaign is deleted, by a service or with its owner's account. The trigger
-- on campaign_messages would come too late: by then the claims are gone as well.
create function private.archive_messages_under_way() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into private.message_archive (
    message_id, campaign_id, customer_id, owner_id, phone_number, message_body, status, reason, claim_id, claimed_at
  )
  select m.id, m.campaign_id, m.customer_id, old.user_id, m.phone_number, m.message_body, m.status, m.reason, c.id, c.claimed_at
  from private.send_claims c
  cross join unnest(c.positions) p (place)
  join public.campaign_messages m on m.campaign_id = c.campaign_id and m.position = p.place
  where c.campaign_id = old.id and m.status = 'pending';
  perform private.keep_figures_of_campaign(old.id, old.user_id);
  return old;
end
$$;
create trigger archive_messages_under_way before delete on public.campaigns
  for each row when (old.launched_at is not null) execute function private.archive_messages_under_way();

grant select, insert, update, delete on private.send_ranges, private.send_retries, private.send_lanes,
  private.send_claims, private.message_attempts to service_role;
