-- What a campaign sends to each of its recipients, how a message's status moves, and the counters of the
-- campaign that follow from it. Also whom the launch left out.

-- One row for each recipient, written at launch. The specification's columns first, then ours.
--
-- Triggers:
--   refuse_lower_status (before update, each row): refuses a status lower than the old one.
--   touch_updated_at (before update, each row, after the one above): sets updated_at.
--   count_inserted_messages, count_updated_messages, count_deleted_messages (after each statement): update the
--     counters of the campaigns, which may end a campaign that is being sent (see end_campaign), and write tallies for
--     the analytics.
-- Whoever locks both messages and their campaign locks the messages first, as these triggers do.
-- A launch inserts its messages without these triggers and without those behind the foreign keys, and does itself what
-- they would do: see private.launch_campaign. Whoever adds one has to say there what stands in for it.
create table public.campaign_messages (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid references public.campaigns (id) on delete cascade,
  customer_id uuid references public.customers (id) on delete cascade,
  phone_number text,
  message_body text,
  status text default 'pending' check (status in ('pending', 'sent', 'delivered', 'failed')),
  twilio_sid text,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  error_message text,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now(),
  position integer,
  attempts integer not null default 0,
  retries integer not null default 0,
  segments smallint,
  error_code integer,
  reason text,
  merge_values jsonb,
  in_doubt_since timestamp with time zone,
  state text
)
-- Every message is updated at least twice: recorded, delivered. Pages with room for the new versions of a
-- row (heap-only tuples) let most updates write no index.
with (fillfactor = 60);
comment on column public.campaign_messages.position is '1 to total_recipients as launched; the work of the send workers names messages by it';
comment on column public.campaign_messages.attempts is 'how often it was repeated because Twilio provably had not taken it after all';
comment on column public.campaign_messages.retries is 'how often somebody had it tried again after it had failed';
comment on column public.campaign_messages.reason is 'why it failed or waits, as a stable code; error_message says it in words';
comment on column public.campaign_messages.merge_values is 'the customer''s values at launch, for a text with merge fields';
comment on column public.campaign_messages.state is 'the customer''s at launch, for the analytics';
comment on column public.campaign_messages.in_doubt_since is 'while set, nobody knows whether Twilio has the message';
comment on column public.campaign_messages.error_code is 'Twilio''s error code, where the failure is Twilio''s';
-- With the time, for the frequency caps: what one customer got today must not cost what they got in years.
create index campaign_messages_customer_id_sent_at_idx on public.campaign_messages (customer_id, sent_at);
create unique index campaign_messages_twilio_sid_key on public.campaign_messages (twilio_sid) where twilio_sid is not null;
-- Only a test's message has no customer.
create index campaign_messages_tests_idx on public.campaign_messages (phone_number) where customer_id is null;
-- Starts with campaign_id and so serves the foreign key as well.
create unique index campaign_messages_campaign_id_position_key on public.campaign_messages (campaign_id, position);

create trigger touch_updated_at before update on public.campaign_messages
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();

-- A message's status only rises: pending < sent < delivered | failed, unless somebody has a failed one tried again,
-- which counts in `retries`. Raises PT409.
create function private.refuse_lower_status() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using errcode = 'PT409', message = 'message_status_only_rises',
    detail = format('A message that is %s can''t become %s.', old.status, new.status);
end
$$;
create trigger refuse_lower_status before update on public.campaign_messages
  for each row when (
    new.status is distinct from old.status
    and (old.status in ('delivered', 'failed') or new.status is null or new.status = 'pending')
    and not (old.status = 'failed' and new.status = 'pending' and new.retries = old.retries + 1)
  )
  execute function private.refuse_lower_status();

-- What was sent stays on record when its message is deleted, with a customer, an import or a campaign: append-only, but
-- that owner_id follows a hand-over. So
-- does what a worker had just then, or was in doubt: `pending`, with the claim; Twilio may have taken it. No triggers.
create table private.message_archive (
  message_id uuid not null,
  campaign_id uuid,
  customer_id uuid,
  owner_id uuid,
  phone_number text,
  message_body text,
  status text,
  twilio_sid text,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  reason text,
  error_code integer,
  claim_id bigint,
  claimed_at timestamp with time zone,
  archived_at timestamp with time zone not null default now(),
  segments smallint,
  state text
);
alter table private.message_archive enable row level security;
create index message_archive_phone_number_idx on private.message_archive (phone_number);
-- For news that Twilio has of a message when it is deleted.
create index message_archive_message_id_idx on private.message_archive (message_id);
grant select, insert on private.message_archive to service_role;

-- A campaign's counters always equal a count over its messages, whoever changes those and how; only those of a
-- campaign that has ended don't fall when its messages are deleted. Counted
-- once for each statement: a thousand messages cost one update of the campaign. The update that
-- records the last outcome also ends the campaign.

-- What a set of messages adds to one campaign.
create type private.campaign_delta as (
  campaign_id uuid, total integer, sent integer, delivered integer, failed integer, pending integer,
  skipped integer, filtered integer, unregistered integer, opted_out integer
);

-- Side effect: updates the campaigns of `deltas`, locked in the order of their ids, so that concurrent
-- statements over several campaigns wait for one another but never deadlock.
create function private.add_to_campaigns(deltas private.campaign_delta[]) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  if cardinality(deltas) > 1 then
    perform from public.campaigns c
    where c.id in (select d.campaign_id from unnest(deltas) d)
    order by c.id
    for no key update;
  end if;
  update public.campaigns c
  set total_recipients = c.total_recipients + d.total,
    sent_count = c.sent_count + d.sent,
    delivered_count = c.delivered_count + d.delivered,
    failed_count = c.failed_count + d.failed,
    pending_count = c.pending_count + d.pending,
    skipped_count = c.skipped_count + d.skipped,
    filtered_count = c.filtered_count + d.filtered,
    unregistered_count = c.unregistered_count + d.unregistered,
    opted_out_count = c.opted_out_count + d.opted_out
  from unnest(deltas) d
  where c.id = d.campaign_id;
end
$$;

-- Whether a message failed for this reason without having been given to Twilio.
create function private.was_skipped(reason text) returns boolean
language sql immutable parallel safe
as $$
  select reason in ('customer_inactive', 'suppressed', 'no_consent', 'phone_changed', 'campaign_canceled')
$$;

-- Messages of one campaign that are counted alike.
create type private.message_count as (campaign_id uuid, status text, reason text, was_sent boolean, n integer);

-- The minute in which a moment lies; null for none. Inlined, so without a `search_path` of its own.
create function private.minute_of(moment timestamp with time zone) returns timestamp with time zone
language sql immutable parallel safe
as $$
  select date_bin('1 minute', moment, timestamp with time zone '2000-01-01 00:00Z')
$$;

-- What the analytics add up: how many messages there are more of one kind, or fewer. Written by the statements that write
-- messages, a row for all that are alike but for their state; private.roll_up_messages adds them up and deletes them. No
-- foreign key, no index and no triggers, as with private.sender_tallies.
create table private.message_tallies (
  campaign_id uuid not null,
  status text,
  reason text,
  error_code integer,
  sent_minute timestamp with time zone,
  delivered_minute timestamp with time zone,
  n integer not null,
  segments integer not null,
  states text[] not null,
  state_counts integer[] not null
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table private.message_tallies enable row level security;
comment on column private.message_tallies.states is 'the customers'' states, and in state_counts how many of each';
grant select, insert, delete on private.message_tallies to service_role;

-- What counts of messages add to their campaigns, as one row for each campaign. Inlined, so without a `search_path` of its own.
create function private.sums_of(counts private.message_count[]) returns setof private.campaign_delta
language sql stable
as $$
  select c.campaign_id,
    sum(c.n)::integer as total,
    coalesce(sum(c.n) filter (where c.was_sent), 0)::integer as sent,
    coalesce(sum(c.n) filter (where c.status = 'delivered'), 0)::integer as delivered,
    coalesce(sum(c.n) filter (where c.status = 'failed'), 0)::integer as failed,
    coalesce(sum(c.n) filter (where c.status = 'pending'), 0)::integer as pending,
    coalesce(sum(c.n) filter (where c.status = 'failed' and private.was_skipped(c.reason)), 0)::integer as skipped,
    coalesce(sum(c.n) filter (where c.status = 'failed' and c.reason = 'filtered'), 0)::integer as filtered,
    coalesce(sum(c.n) filter (where c.status = 'failed' and c.reason = 'sender_unregistered'), 0)::integer as unregistered,
    coalesce(sum(c.n) filter (where c.status = 'failed' and c.reason = 'opted_out'), 0)::integer as opted_out
  from unnest(counts) c
  where c.campaign_id is not null
  group by c.campaign_id
$$;

-- Counts messages in their campaigns: as many more of each kind, or fewer where `n` is negative. Side effect: updates the
-- campaigns for which something changes.
create function private.count_messages(counts private.message_count[]) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  deltas private.campaign_delta[];
begin
  select array_agg(d::private.campaign_delta) into deltas
  from private.sums_of(counts) d
  where (d.total, d.sent, d.delivered, d.failed, d.pending, d.skipped, d.filtered, d.unregistered, d.opted_out)
    <> (0, 0, 0, 0, 0, 0, 0, 0, 0);
  if deltas is not null then
    perform private.add_to_campaigns(deltas);
  end if;
end
$$;

-- What callbacks add to campaigns and is not counted there yet: of many callbacks a second, a row for each statement and campaign. A
-- campaign's row that every callback updates is slow to find while any long transaction runs, be it an import or a backup:
-- all versions since it began stay, and each reader passes them. No index but the key: it is emptied ten times a second. No
-- reference to campaigns, which would lock them; of one that is gone there is nothing to count. No triggers.
create table private.campaign_tallies (
  id bigint generated always as identity primary key,
  since timestamp with time zone not null default clock_timestamp(),
  delta private.campaign_delta not null
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table private.campaign_tallies enable row level security;
grant select, insert, delete on private.campaign_tallies to service_role;

-- Notes counts of messages, to be counted in their campaigns by private.count_tallies. Whoever calls this sees to that.
-- Not in SQL, which Postgres would parse and plan anew in each statement.
create function private.count_messages_later(counts private.message_count[]) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  insert into private.campaign_tallies (delta)
  select d::private.campaign_delta from private.sums_of(counts) d;
end
$$;

-- Counts tallies in their campaigns: those after the id `after` that were there at `until`. Those of campaigns that somebody has
-- locked are left for the next time; so are those of a campaign that refuses them, which costs the others nothing.
-- While a long transaction runs, a campaign's row and the first tallies are slow to find: each campaign is looked up as
-- seldom as can be, and `after` spares the caller those that are gone.
-- Side effects: campaigns are updated, which may end or pause them; tallies are deleted. Returns the last id that it looked
-- at, or `after`.
create function private.count_tallies(after bigint, until timestamp with time zone) returns bigint
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_variable
declare
  taken bigint[];
  last bigint;
  named uuid[];
  free uuid[];
  campaign uuid;
begin
  -- Not the last of the array: Postgres may sort what it aggregates by what must be distinct.
  select array_agg(f.id), max(f.id), array_agg(distinct (f.delta).campaign_id) into taken, last, named from (
    select t.id, t.delta from private.campaign_tallies t
    where t.id > after and t.since <= until
    order by t.id
    limit 5000
    for update skip locked
  ) f;
  if taken is null then
    return after;
  end if;
  free := array(select c.id from public.campaigns c where c.id = any (named) order by c.id for no key update skip locked);
  if cardinality(free) < cardinality(named) then
    delete from private.campaign_tallies t
    where t.id = any (taken) and (t.delta).campaign_id in (
      select n.id from unnest(named) n (id)
      where n.id <> all (free) and not exists (select from public.campaigns c where c.id = n.id)
    );
  end if;
  begin
    perform private.count_taken_tallies(taken, free);
  exception when others then
    foreach campaign in array free loop
      begin
        perform private.count_taken_tallies(taken, array[campaign]);
      exception when others then
        raise warning 'the tallies of a campaign could not be counted: %', sqlerrm;
      end;
    end loop;
  end;
  return last;
end
$$;

-- Counts those of the tallies `taken` that are of these campaigns, which the caller has locked. Side effects: as above.
create function private.count_taken_tallies(taken bigint[], campaigns uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  deltas private.campaign_delta[];
begin
  with counted as (
    delete from private.campaign_tallies t
    where t.id = any (taken) and (t.delta).campaign_id = any (campaigns)
    returning t.delta
  )
  select array_agg(s::private.campaign_delta) into deltas
  from (
    select (n.delta).campaign_id, sum((n.delta).total), sum((n.delta).sent), sum((n.delta).delivered), sum((n.delta).failed),
      sum((n.delta).pending), sum((n.delta).skipped), sum((n.delta).filtered), sum((n.delta).unregistered),
      sum((n.delta).opted_out)
    from counted n
    group by 1
  ) s;
  if deltas is not null then
    perform private.add_to_campaigns(deltas);
  end if;
end
$$;
grant execute on function private.count_tallies(bigint, timestamp with time zone) to service_role;

-- The function of the three triggers. Side effect: updates the campaigns of the changed messages.
create function private.count_campaign_messages() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  tallies private.message_tallies[];
  counts private.message_count[];
begin
  if tg_op = 'INSERT' then
    select array_agg(g::private.message_tallies) into tallies
    from (
      select a.campaign_id, a.status, a.reason, a.error_code, a.sent_minute, a.delivered_minute, sum(a.n)::integer,
        sum(a.segments)::integer, array_agg(a.state), array_agg(a.n)
      from (
        select n.campaign_id, n.status, case n.status when 'failed' then n.reason end as reason,
          case n.status when 'failed' then n.error_code end as error_code, private.minute_of(n.sent_at) as sent_minute,
          private.minute_of(n.delivered_at) as delivered_minute, n.state, count(*)::integer as n,
          coalesce(sum(n.segments) filter (where n.sent_at is not null), 0) as segments
        from new_messages n
        where n.campaign_id is not null
        group by 1, 2, 3, 4, 5, 6, 7
      ) a
      group by 1, 2, 3, 4, 5, 6
    ) g;
  elsif tg_op = 'DELETE' then
    insert into private.message_archive (
      message_id, campaign_id, customer_id, owner_id, phone_number, message_body, status, twilio_sid, sent_at, delivered_at,
      reason, error_code, claim_id, claimed_at, segments, state
    )
    select o.id, o.campaign_id, o.customer_id, coalesce(k.user_id, c.user_id), o.phone_number, o.message_body, o.status,
      o.twilio_sid, o.sent_at, o.delivered_at, o.reason, o.error_code, w.id, w.claimed_at, o.segments, o.state
    from old_messages o
    left join public.campaigns k on k.id = o.campaign_id
    left join public.customers c on c.id = o.customer_id
    left join (
      select s.id, s.campaign_id, p.place, s.claimed_at
      from private.send_claims s cross join unnest(s.positions) p (place)
      where s.campaign_id in (select m.campaign_id from old_messages m where m.status = 'pending')
    ) w on w.campaign_id = o.campaign_id and w.place = o.position and o.status = 'pending'
    where o.sent_at is not null or w.id is not null;
    select array_agg(g::private.message_tallies) into tallies
    from (
      select a.campaign_id, a.status, a.reason, a.error_code, a.sent_minute, null::timestamp with time zone, -sum(a.n)::integer, 0,
        array_agg(a.state), array_agg(-a.n)
      from (
        select o.campaign_id, o.status, case o.status when 'failed' then o.reason end as reason,
          case o.status when 'failed' then o.error_code end as error_code, private.minute_of(o.sent_at) as sent_minute, o.state,
          count(*)::integer as n
        from old_messages o
        join public.campaigns k on k.id = o.campaign_id
        group by 1, 2, 3, 4, 5, 6
      ) a
      group by 1, 2, 3, 4, 5
    ) g;
  else
    select array_agg(g::private.message_tallies) into tallies
    from (
      select a.campaign_id, a.status, a.reason, a.error_code, a.sent_minute, a.delivered_minute, sum(a.n)::integer,
        sum(a.segments)::integer, array_agg(a.state), array_agg(a.n)
      from (
        select r.campaign_id, r.status, r.reason, r.error_code, r.sent_minute, r.delivered_minute, r.state, sum(r.sign)::integer as n,
          coalesce(sum(r.sign * r.segments) filter (where r.sent_minute is not null), 0) as segments
        from (
          select 1 as sign, n.campaign_id, n.status, case n.status when 'failed' then n.reason end as reason,
            case n.status when 'failed' then n.error_code end as error_code, private.minute_of(n.sent_at) as sent_minute,
            private.minute_of(n.delivered_at) as delivered_minute, n.state, n.segments
          from new_messages n
          union all
          select -1, o.campaign_id, o.status, case o.status when 'failed' then o.reason end,
            case o.status when 'failed' then o.error_code end, private.minute_of(o.sent_at),
            private.minute_of(o.delivered_at), o.state, o.segments
          from old_messages o
        ) r
        where r.campaign_id is not null
        group by 1, 2, 3, 4, 5, 6, 7
        having sum(r.sign) <> 0 or sum(r.sign * r.segments) filter (where r.sent_minute is not null) <> 0
      ) a
      group by 1, 2, 3, 4, 5, 6
    ) g;
  end if;
  if tallies is null then
    return null;
  end if;

  -- When messages are deleted, the analytics keep what was sent, as the archive does; what was not, they forget.
  insert into private.message_tallies
  select t.* from unnest(tallies) t where tg_op <> 'DELETE' or t.sent_minute is null;
  select array_agg(row(t.campaign_id, t.status, t.reason, t.sent_minute is not null, t.n)::private.message_count) into counts
  from unnest(tallies) t
  where t.n <> 0 and (tg_op <> 'DELETE' or t.status = 'pending' or exists (
    select from public.campaigns k where k.id = t.campaign_id and k.status not in ('sent', 'failed', 'canceled')
  ));
  perform private.count_messages(counts);
  return null;
end
$$;

create trigger count_inserted_messages after insert on public.campaign_messages
  referencing new table as new_messages
  for each statement execute function private.count_campaign_messages();
-- Not for the one function that counts itself, because it is called for every callback: see private.raise_statuses.
create trigger count_updated_messages after update on public.campaign_messages
  referencing old table as old_messages new table as new_messages
  for each statement when (current_setting('dnwerks.messages_are_counted', true) is distinct from 'yes')
  execute function private.count_campaign_messages();
create trigger count_deleted_messages after delete on public.campaign_messages
  referencing old table as old_messages
  for each statement execute function private.count_campaign_messages();

-- The owner of the campaign and admins read them, except those of tests; only the send workers and the callbacks write.
alter table public.campaign_messages enable row level security;
create policy read_own_campaign_messages on public.campaign_messages for select to authenticated
  using (
    -- Here the policies of campaigns apply, which hide tests.
    campaign_id in (select c.id from public.campaigns c where c.user_id = (select private.my_profile_id()))
    or ((select private.is_admin()) and customer_id is not null)
  );
grant select on public.campaign_messages to authenticated;
grant select, insert, update, delete on public.campaign_messages to service_role;

-- Every customer of the audience whom a launch left out, and why. No triggers.
create table public.campaign_skips (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  customer_id uuid not null references public.customers (id) on delete cascade,
  reason text not null check (
    reason in ('inactive', 'invalid_phone', 'suppressed', 'no_consent', 'not_textable', 'country_not_allowed')
  ),
  primary key (campaign_id, customer_id)
);
create index campaign_skips_customer_id_idx on public.campaign_skips (customer_id);

alter table public.campaign_skips enable row level security;
create policy read_own_campaign_skips on public.campaign_skips for select to authenticated
  using (
    campaign_id in (select c.id from public.campaigns c where c.user_id = (select private.my_profile_id()))
    or (select private.is_admin())
  );
grant select on public.campaign_skips to authenticated;
grant select, insert, update, delete on public.campaign_skips to service_role;
