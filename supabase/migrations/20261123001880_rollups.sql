-- Sums for the analytics, so that nobody counts ten million messages: by campaign, and by account and quarter of an hour (of
-- which the days of every time zone are made). The statements that write messages, customers and what people text append
-- tallies; the workers add these up every few seconds; readers add what is not added up yet.
--
-- What they say when rows are deleted: whatever was sent stays counted, as it stays in private.message_archive, and goes on
-- counting for the account when its campaign is deleted. What was never sent leaves with its message. A person who is
-- erased stays in the sums, which name nobody. A campaign's sums go with the campaign; an account's go to its new
-- owner when it is handed over. A message that is tried again counts when it is sent again.

-- What an account's figures grow by, at a moment; sent, delivered, undelivered and segments are those of messages that were sent
-- then. `user_id` has no foreign key, for the reason that private.sender_tallies has none; null counts for nobody. No triggers.
create table private.account_tallies (
  user_id uuid,
  at timestamp with time zone not null default private.clock(),
  sent integer not null default 0,
  delivered integer not null default 0,
  undelivered integer not null default 0,
  segments integer not null default 0,
  customers_added integer not null default 0,
  customers_removed integer not null default 0,
  opted_out integer not null default 0,
  replies integer not null default 0
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table private.account_tallies enable row level security;
comment on column private.account_tallies.undelivered is 'failed after Twilio took them; what it refused stands with the campaign';
comment on column private.account_tallies.opted_out is 'numbers of the account whose holders texted STOP';
comment on column private.account_tallies.replies is 'other texts from people, but for START and HELP';
grant select, insert, delete on private.account_tallies to service_role;
grant insert (user_id, customers_added) on private.account_tallies to dnwerks_customer_import;
create policy customer_import_works on private.account_tallies for insert to dnwerks_customer_import with check (true);

-- Their sums by quarters of an hour. No triggers.
create table private.account_quarters (
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  starts_at timestamp with time zone not null,
  sent bigint not null,
  delivered bigint not null,
  undelivered bigint not null,
  segments bigint not null,
  customers_added bigint not null,
  customers_removed bigint not null,
  opted_out bigint not null,
  replies bigint not null,
  primary key (user_id, starts_at)
)
-- Rows of the last quarter are updated again and again.
with (fillfactor = 80);
alter table private.account_quarters enable row level security;
-- For admins, who look at all accounts.
create index account_quarters_starts_at_idx on private.account_quarters (starts_at);
grant select on private.account_quarters to service_role;

-- Sums of a campaign's messages. Tests and answers have none. No triggers.
create table private.campaign_minutes (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  starts_at timestamp with time zone not null,
  sent bigint not null,
  delivered bigint not null,
  primary key (campaign_id, starts_at)
)
with (fillfactor = 80);
alter table private.campaign_minutes enable row level security;
comment on column private.campaign_minutes.delivered is 'in this minute, whenever they were sent';
grant select on private.campaign_minutes to service_role;

create table private.campaign_outcomes (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  status text,
  was_sent boolean not null,
  reason text,
  error_code integer,
  n bigint not null,
  segments bigint not null
)
with (fillfactor = 50);
alter table private.campaign_outcomes enable row level security;
create unique index campaign_outcomes_key
  on private.campaign_outcomes (campaign_id, status, was_sent, reason, error_code) nulls not distinct;
grant select on private.campaign_outcomes to service_role;

create table private.campaign_states (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  state text,
  recipients bigint not null,
  sent bigint not null,
  delivered bigint not null,
  undelivered bigint not null,
  not_sent bigint not null
)
with (fillfactor = 50);
alter table private.campaign_states enable row level security;
create unique index campaign_states_key on private.campaign_states (campaign_id, state) nulls not distinct;
grant select on private.campaign_states to service_role;

-- The quarter of an hour in which a moment lies. Every time zone's offset is whole quarters. Inlined, so without a
-- `search_path` of its own.
create function private.quarter_of(moment timestamp with time zone) returns timestamp with time zone
language sql immutable parallel safe
as $$
  select date_bin('15 minutes', moment, timestamp with time zone '2000-01-01 00:00Z')
$$;

-- What tallies add to each kind of sum: to an account's quarters, and to a campaign's minutes, outcomes and states.
create function private.account_sums(owner uuid, tallies private.message_tallies[])
returns table (user_id uuid, starts_at timestamp with time zone, sent bigint, delivered bigint, undelivered bigint, segments bigint)
language sql immutable
set search_path = ''
as $$
  select account_sums.owner, private.quarter_of(t.sent_minute), sum(t.n),
    coalesce(sum(t.n) filter (where t.status = 'delivered'), 0), coalesce(sum(t.n) filter (where t.status = 'failed'), 0),
    sum(t.segments)
  from unnest(tallies) t
  where t.sent_minute is not null
  group by 2
$$;

create function private.minute_sums(tallies private.message_tallies[])
returns table (campaign_id uuid, starts_at timestamp with time zone, sent bigint, delivered bigint)
language sql immutable
set search_path = ''
as $$
  select m.campaign_id, m.starts_at, sum(m.sent), sum(m.delivered)
  from (
    select t.campaign_id, t.sent_minute, t.n, 0 from unnest(tallies) t where t.sent_minute is not null
    union all
    select t.campaign_id, t.delivered_minute, 0, t.n from unnest(tallies) t
    where t.status = 'delivered' and t.delivered_minute is not null
  ) m (campaign_id, starts_at, sent, delivered)
  group by 1, 2
$$;

create function private.outcome_sums(tallies private.message_tallies[])
returns table (
  campaign_id uuid, status text, was_sent boolean, reason text, error_code integer, n bigint, segments bigint
)
language sql immutable
set search_path = ''
as $$
  select t.campaign_id, t.status, t.sent_minute is not null, t.reason, t.error_code, sum(t.n), sum(t.segments)
  from unnest(tallies) t
  group by 1, 2, 3, 4, 5
$$;

create function private.state_sums(tallies private.message_tallies[])
returns table (campaign_id uuid, state text, recipients bigint, sent bigint, delivered bigint, undelivered bigint, not_sent bigint)
language sql immutable
set search_path = ''
as $$
  select t.campaign_id, s.state, sum(s.n), coalesce(sum(s.n) filter (where t.sent_minute is not null), 0),
    coalesce(sum(s.n) filter (where t.status = 'delivered'), 0),
    coalesce(sum(s.n) filter (where t.status = 'failed' and t.sent_minute is not null), 0),
    coalesce(sum(s.n) filter (where t.status = 'failed' and t.sent_minute is null), 0)
  from unnest(tallies) t cross join unnest(t.states, t.state_counts) s (state, n)
  group by 1, 2
$$;

-- Adds up to `at_most` tallies of each kind, and returns whether there may be more. The workers call it every few seconds.
-- One at a time: if another one is at it, this does nothing. Tallies of a campaign that is just being deleted are left to
-- the deletion. Side effects: tallies are deleted, sums grow.
create function private.roll_up_messages(at_most integer default 20000) returns boolean
language plpgsql volatile security definer
set search_path = ''
set jit = off
as $$
declare
  folded integer;
  more boolean;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('roll_up_messages', 0)) then
    return false;
  end if;
  -- Read once: while a long transaction runs, those that are gone are still in the way.
  with found as materialized (
    select t.ctid as place, t.campaign_id from private.message_tallies t limit at_most
  ),
  free as materialized (
    select c.id, c.user_id, c.test_of is null and c.reply_to is null as is_shown
    from public.campaigns c
    where c.id in (select f.campaign_id from found f)
    order by c.id
    for key share skip locked
  ),
  gone as (
    delete from private.message_tallies t
    where t.ctid = any (array(
      select o.place from found o
      where o.campaign_id in (select f.id from free f)
        or not exists (select from public.campaigns c where c.id = o.campaign_id)
    ))
    returning t
  ),
  by_owner as materialized (
    select f.user_id, f.is_shown, array_agg(g.t) as tallies
    from gone g join free f on f.id = (g.t).campaign_id
    group by 1, 2
  ),
  shown as materialized (
    select o.tallies from by_owner o where o.is_shown
  ),
  accounts as (
    insert into private.account_tallies (user_id, at, sent, delivered, undelivered, segments)
    select s.user_id, s.starts_at, s.sent, s.delivered, s.undelivered, s.segments
    from by_owner o cross join lateral private.account_sums(o.user_id, o.tallies) s
  ),
  minutes as (
    insert into private.campaign_minutes as m (campaign_id, starts_at, sent, delivered)
    select s.* from shown o cross join lateral private.minute_sums(o.tallies) s
    on conflict (campaign_id, starts_at) do update
    set sent = m.sent + excluded.sent, delivered = m.delivered + excluded.delivered
  ),
  outcomes as (
    insert into private.campaign_outcomes as m (campaign_id, status, was_sent, reason, error_code, n, segments)
    select s.* from shown o cross join lateral private.outcome_sums(o.tallies) s
    on conflict (campaign_id, status, was_sent, reason, error_code) do update
    set n = m.n + excluded.n, segments = m.segments + excluded.segments
  ),
  states as (
    insert into private.campaign_states as m (campaign_id, state, recipients, sent, delivered, undelivered, not_sent)
    select s.* from shown o cross join lateral private.state_sums(o.tallies) s
    on conflict (campaign_id, state) do update
    set recipients = m.recipients + excluded.recipients, sent = m.sent + excluded.sent,
      delivered = m.delivered + excluded.delivered, undelivered = m.undelivered + excluded.undelivered,
      not_sent = m.not_sent + excluded.not_sent
  )
  select count(*) into folded from gone;
  more := folded = at_most;

  with gone as (
    delete from private.account_tallies t
    where t.ctid = any (array(select o.ctid from private.account_tallies o limit at_most))
    returning t.*
  ),
  kept as (
    insert into private.account_quarters as q (
      user_id, starts_at, sent, delivered, undelivered, segments, customers_added, customers_removed, opted_out, replies
    )
    select g.user_id, private.quarter_of(g.at), sum(g.sent), sum(g.delivered), sum(g.undelivered), sum(g.segments),
      sum(g.customers_added), sum(g.customers_removed), sum(g.opted_out), sum(g.replies)
    from gone g join public.user_profiles p on p.id = g.user_id
    group by 1, 2
    on conflict (user_id, starts_at) do update
    set sent = q.sent + excluded.sent, delivered = q.delivered + excluded.delivered, undelivered = q.undelivered + excluded.undelivered,
      segments = q.segments + excluded.segments, customers_added = q.customers_added + excluded.customers_added,
      customers_removed = q.customers_removed + excluded.customers_removed, opted_out = q.opted_out + excluded.opted_out,
      replies = q.replies + excluded.replies
  )
  select count(*) into folded from gone;
  return more or folded = at_most;
end
$$;
grant execute on function private.roll_up_messages(integer) to service_role, dnwerks_send_worker;

-- What a campaign that is being deleted has sent goes on counting for its account. Side effect: its tallies become some of
-- the account's.
create function private.keep_figures_of_campaign(campaign_id uuid, owner uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  with gone as (
    delete from private.message_tallies t where t.campaign_id = keep_figures_of_campaign.campaign_id returning t
  )
  insert into private.account_tallies (user_id, at, sent, delivered, undelivered, segments)
  select s.user_id, s.starts_at, s.sent, s.delivered, s.undelivered, s.segments
  from private.account_sums(keep_figures_of_campaign.owner, array(select g.t from gone g)) s
$$;

-- An account's figures from one moment to another, by quarters of an hour, those included that are not added up yet; of all
-- accounts together where `account` is null. A quarter may come in several rows.
create function private.account_figures(account uuid, first timestamp with time zone, until timestamp with time zone)
returns table (
  starts_at timestamp with time zone, sent bigint, delivered bigint, undelivered bigint, segments bigint,
  customers_added bigint, customers_removed bigint, opted_out bigint, replies bigint
)
language plpgsql stable security definer
set search_path = ''
set jit = off
rows 3000
as $$
#variable_conflict use_column
begin
  if account is null then
    return query
      select q.starts_at, sum(q.sent)::bigint, sum(q.delivered)::bigint, sum(q.undelivered)::bigint, sum(q.segments)::bigint,
        sum(q.customers_added)::bigint, sum(q.customers_removed)::bigint, sum(q.opted_out)::bigint, sum(q.replies)::bigint
      from private.account_quarters q
      where q.starts_at >= account_figures.first and q.starts_at < account_figures.until
      group by 1;
  else
    return query
      select q.starts_at, q.sent, q.delivered, q.undelivered, q.segments, q.customers_added, q.customers_removed, q.opted_out, q.replies
      from private.account_quarters q
      where q.user_id = account_figures.account and q.starts_at >= account_figures.first and q.starts_at < account_figures.until;
  end if;
  return query
    select f.* from (
      select private.quarter_of(t.at), t.sent::bigint, t.delivered::bigint, t.undelivered::bigint, t.segments::bigint,
        t.customers_added::bigint, t.customers_removed::bigint, t.opted_out::bigint, t.replies::bigint
      from private.account_tallies t
      where t.user_id = account_figures.account or account_figures.account is null
      union all
      select s.starts_at, s.sent, s.delivered, s.undelivered, s.segments, 0, 0, 0, 0
      from private.account_sums(account_figures.account, array(
        select t from private.message_tallies t join public.campaigns c on c.id = t.campaign_id
        where c.user_id = account_figures.account or account_figures.account is null
      )) s
    ) f (starts_at, sent, delivered, undelivered, segments, customers_added, customers_removed, opted_out, replies)
    where f.starts_at >= account_figures.first and f.starts_at < account_figures.until;
end
$$;

-- Makes an account's figures another's, by tallies that add to one what they take from the other. Tallies of messages
-- follow their campaigns.
create function private.hand_over_figures(account uuid, new_owner uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  with figures as materialized (
    select q.starts_at, q.sent, q.delivered, q.undelivered, q.segments, q.customers_added, q.customers_removed, q.opted_out, q.replies
    from private.account_quarters q where q.user_id = account
    union all
    select t.at, t.sent, t.delivered, t.undelivered, t.segments, t.customers_added, t.customers_removed, t.opted_out, t.replies
    from private.account_tallies t where t.user_id = account
  )
  insert into private.account_tallies (
    user_id, at, sent, delivered, undelivered, segments, customers_added, customers_removed, opted_out, replies
  )
  select w.user_id, f.starts_at, w.sign * f.sent, w.sign * f.delivered, w.sign * f.undelivered, w.sign * f.segments,
    w.sign * f.customers_added, w.sign * f.customers_removed, w.sign * f.opted_out, w.sign * f.replies
  from figures f cross join (values (account, -1), (new_owner, 1)) w (user_id, sign)
$$;

-- Counts customers that are new or gone, in all ways but an import's own (see the file of the customers).
create function private.tally_customers() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    insert into private.account_tallies (user_id, customers_added)
    select c.user_id, count(*) from changed c where c.user_id is not null group by 1;
  else
    insert into private.account_tallies (user_id, customers_removed)
    select c.user_id, count(*) from changed c where c.user_id is not null group by 1;
  end if;
  return null;
end
$$;
create trigger tally_new_customers after insert on public.customers
  referencing new table as changed for each statement execute function private.tally_customers();
create trigger tally_deleted_customers after delete on public.customers
  referencing old table as changed for each statement execute function private.tally_customers();
