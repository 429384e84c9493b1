-- Callbacks that never come: which messages wait for one, and the reading of Twilio's list that finds what became of
-- them. Twilio's list has a thousand messages on a page, so it costs little however many callbacks were lost.

-- What became of these messages is not known yet, as far as the row says: it is written once, when all messages of a
-- claim have an outcome, and looked at only when their callbacks are overdue. So it costs sending one row for each claim and
-- callbacks nothing, and nobody ever searches a campaign's messages for open ones. No foreign key: its check would
-- lock the campaign on the path of outcomes; rows of a campaign that is gone go at the next look. No index on
-- times: what is here was sent in the last half an hour or is silent. No triggers.
create table private.awaited_callbacks (
  id bigint generated always as identity primary key,
  campaign_id uuid not null,
  positions integer[] not null,
  sent_at timestamp with time zone not null,
  machine_time timestamp with time zone not null,
  look_at timestamp with time zone not null default '-infinity',
  reading bigint
);
alter table private.awaited_callbacks enable row level security;
comment on column private.awaited_callbacks.sent_at is 'when the last of them had an outcome';
comment on column private.awaited_callbacks.machine_time is 'when they were claimed, by the machine''s clock, to compare with Twilio''s';
comment on column private.awaited_callbacks.look_at is 'when to look next, after a reading that did not help';
comment on column private.awaited_callbacks.reading is 'null: nobody has missed anything yet; 0: for the next reading; else the reading that looks for them';
grant select, insert, update, delete on private.awaited_callbacks to service_role;

-- The one reading of Twilio's list: one worker reads at a time, page after page; another one goes on from the same page
-- when its lease ends, because it was killed. No triggers.
create table private.list_reading (
  only_row boolean primary key default true check (only_row),
  number bigint not null default 0,
  under_way boolean not null default false,
  first_day date,
  last_day date,
  oldest timestamp with time zone,
  next_page text,
  pages integer not null default 0,
  failures integer not null default 0,
  lease uuid,
  leased_until timestamp with time zone not null default '-infinity',
  not_before timestamp with time zone not null default '-infinity'
);
alter table private.list_reading enable row level security;
comment on column private.list_reading.first_day is 'the days, of UTC, on which Twilio sent what is looked for';
comment on column private.list_reading.oldest is 'nothing that is looked for is older, by Twilio''s clock';
comment on column private.list_reading.next_page is 'Twilio''s link; null: the first page';
comment on column private.list_reading.failures is 'requests in a row that failed';
insert into private.list_reading default values;
grant select, insert, update, delete on private.list_reading to service_role;

-- Looks at up to `at_most` rows whose messages have been silent for `silent_for`. Returns how many it looked at; fewer
-- than `at_most`: that was all. Side effects: rows of which nothing is open any more are deleted, the others stand for the
-- next reading, with what is open. After four days nothing comes any more: a message ends within 36 hours or never.
create function private.find_silent_messages(silent_for interval, at_most integer default 500) returns integer
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  moment constant timestamp with time zone := private.clock();
  looked_at integer;
begin
  with looked as materialized (
    select a.id, a.campaign_id, a.positions, a.sent_at from private.awaited_callbacks a
    where a.reading is null and a.look_at <= moment and a.sent_at <= moment - silent_for
    order by a.id
    limit at_most
    for update skip locked
  ),
  open as (
    select l.id, array_agg(m.position) as positions
    from looked l
    cross join unnest(l.positions) p (place)
    -- A lookup for each: without the limit, the planner may prefer to read the whole campaign.
    cross join lateral (
      select k.position, k.status, k.twilio_sid from public.campaign_messages k
      where k.campaign_id = l.campaign_id and k.position = p.place
      limit 1
    ) m
    where m.status = 'sent' and m.twilio_sid is not null and l.sent_at > moment - interval '4 days'
    group by l.id
  ),
  gone as (
    delete from private.awaited_callbacks a using looked l
    where a.id = l.id and a.id not in (select o.id from open o)
  ),
  kept as (
    update private.awaited_callbacks a set positions = o.positions, reading = 0 from open o where a.id = o.id
  )
  select count(*) into looked_at from looked;
  return looked_at;
end
$$;

-- Gives the caller the reading of Twilio's list until `lease_for` has passed: the one that somebody left, or a new one if
-- anything is due. None, if somebody has it, nothing is due, or Twilio is to be left alone for a while. Side effects:
-- the lease, and a new reading takes up everything that is due.
create function private.take_list_reading(lease_for interval) returns setof private.list_reading
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  moment constant timestamp with time zone := private.clock();
  state private.list_reading;
  first_claim timestamp with time zone;
  last_claim timestamp with time zone;
begin
  select * into state from private.list_reading r for no key update skip locked;
  if not found or state.leased_until > moment or state.not_before > moment then
    return;
  end if;
  if not state.under_way then
    with due as (
      update private.awaited_callbacks a set reading = state.number + 1
      where a.reading = 0
      returning a.machine_time
    )
    select min(d.machine_time), max(d.machine_time) into first_claim, last_claim from due d;
    if first_claim is null then
      return;
    end if;
    update private.list_reading r
    set number = r.number + 1, under_way = true, next_page = null, pages = 0, failures = 0,
      -- Our clock and Twilio's may differ.
      oldest = first_claim - interval '1 hour',
      first_day = (first_claim - interval '1 hour') at time zone 'UTC',
      -- Twilio keeps a message in its queue for up to ten hours.
      last_day = (last_claim + interval '11 hours') at time zone 'UTC';
  end if;
  return query
    update private.list_reading r set lease = gen_random_uuid(), leased_until = moment + lease_for returning r.*;
end
$$;

-- Keeps the page that comes next, and the lease. Returns whether the reading is still the caller's; if not, somebody
-- else goes on with it.
create function private.advance_list_reading(lease uuid, next_page text, lease_for interval) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update private.list_reading r
  set next_page = advance_list_reading.next_page, pages = r.pages + 1, failures = 0,
    leased_until = private.clock() + lease_for
  where r.lease = advance_list_reading.lease;
  return found;
end
$$;

-- Gives a reading back because Twilio did not answer: for `wait_for`, or where Twilio does not say how long, for half a
-- minute and twice as long each time in a row, up to an hour. `again`: from the first page, because the link is no good.
create function private.put_off_list_reading(lease uuid, wait_for interval, again boolean) returns void
language sql volatile security definer
set search_path = ''
as $$
  update private.list_reading r
  set next_page = case when not again then r.next_page end, failures = r.failures + 1, lease = null, leased_until = '-infinity',
    not_before = private.clock()
      + coalesce(wait_for, least(interval '30 seconds' * power(2, least(r.failures, 10)), interval '1 hour'))
  where r.lease = put_off_list_reading.lease
$$;

-- Ends a reading; the next begins a tenth of `silent_for` later or after that. What it looked for is looked at again when
-- half of `silent_for` has passed, or half of its age if that is longer: some carriers never tell the end of a message.
create function private.finish_list_reading(lease uuid, silent_for interval) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  moment constant timestamp with time zone := private.clock();
  ended bigint;
begin
  update private.list_reading r
  set under_way = false, next_page = null, lease = null, leased_until = '-infinity', not_before = moment + silent_for / 10
  where r.lease = finish_list_reading.lease
  returning r.number into ended;
  update private.awaited_callbacks a
  set reading = null, look_at = moment + greatest(silent_for, moment - a.sent_at) / 2
  where a.reading = ended;
end
$$;

-- Which of Twilio's messages are ours and wait for their end. Locks nothing: most of a page has ended long ago.
create function private.open_messages(sids text[]) returns table (id uuid, sid text)
language sql stable security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
  select m.id, m.twilio_sid from public.campaign_messages m where m.twilio_sid = any (sids) and m.status = 'sent'
$$;

grant execute on function
  private.find_silent_messages(interval, integer), private.take_list_reading(interval),
  private.advance_list_reading(uuid, text, interval), private.put_off_list_reading(uuid, interval, boolean),
  private.finish_list_reading(uuid, interval), private.open_messages(text[])
  to service_role;
