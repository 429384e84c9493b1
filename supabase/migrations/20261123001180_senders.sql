-- Whom texts come from, how fast, and what stops all of it.

-- One row for each sender at Twilio: a number, or a messaging service. A campaign names one or takes the
-- default. Each send worker registers the sender of its settings as the default when it starts.
-- A take of messages locks its sender's row: so workers share the rate exactly. No triggers.
create table private.senders (
  id uuid primary key default private.uuid_v7(),
  phone_number text check (phone_number ~ '^\+?[0-9]{3,15}$'),
  messaging_service_sid text check (messaging_service_sid ~ '^MG[0-9a-fA-F]{32}$'),
  is_default boolean not null default false,
  segments_per_second double precision check (segments_per_second > 0),
  free_at timestamp with time zone not null default '-infinity',
  held_until timestamp with time zone not null default '-infinity',
  hold_reason text,
  troubles integer not null default 0,
  probing boolean not null default false,
  taken_at timestamp with time zone not null default '-infinity',
  served double precision not null default 0,
  created_at timestamp with time zone not null default now()
);
alter table private.senders enable row level security;
comment on column private.senders.segments_per_second is 'null: as fast as Twilio answers';
comment on column private.senders.free_at is 'when the rate allows the next segment';
comment on column private.senders.held_until is 'nothing is sent before: Twilio refuses or can''t be reached, hold_reason says how';
comment on column private.senders.troubles is 'holds in a row; while it is not 0, one message at a time is tried';
comment on column private.senders.probing is 'such a message is under way: until its answer, held_until only guards against its loss';
comment on column private.senders.served is 'what the lane of the last take had been served; lanes that slept go on from here';
create unique index senders_name_key on private.senders (phone_number, messaging_service_sid) nulls not distinct;
create unique index senders_default_key on private.senders (is_default) where is_default;
-- Campaigns can be launched before a worker has told which number is the default.
insert into private.senders (is_default) values (true);
grant select, insert, update on private.senders to service_role;

-- Makes this sender the default and sets its rate, where one is given; returns its id.
create function private.register_sender(phone_number text, messaging_service_sid text, segments_per_second double precision)
returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  sender private.senders;
begin
  -- One registration at a time, so that two workers that start together don't both insert.
  perform pg_advisory_xact_lock(hashtextextended('register_sender', 0));
  select * into sender from private.senders s
  where s.phone_number is not distinct from register_sender.phone_number
    and s.messaging_service_sid is not distinct from register_sender.messaging_service_sid;
  if not found then
    update private.senders s
    set phone_number = register_sender.phone_number, messaging_service_sid = register_sender.messaging_service_sid
    where s.is_default and s.phone_number is null and s.messaging_service_sid is null
    returning * into sender;
  end if;
  if sender.id is null then
    insert into private.senders (phone_number, messaging_service_sid)
    values (register_sender.phone_number, register_sender.messaging_service_sid)
    returning * into sender;
  end if;
  if not sender.is_default then
    update private.senders s set is_default = false where s.is_default;
    update private.senders s set is_default = true where s.id = sender.id;
  end if;
  if register_sender.segments_per_second is distinct from sender.segments_per_second
    and register_sender.segments_per_second is not null
  then
    update private.senders s set segments_per_second = register_sender.segments_per_second where s.id = sender.id;
  end if;
  return sender.id;
end
$$;

-- Holds a sender for `base` and twice as long each time in a row, up to `longest`, because Twilio refuses
-- or can't be reached. Requests that fail side by side count once; while one probes, only its own answer counts.
-- Returns until when it is held.
create function private.hold_sender(sender_id uuid, reason text, base interval, longest interval, by_probe boolean)
returns timestamp with time zone
language sql volatile security definer
set search_path = ''
as $$
  update private.senders s
  set held_until = case
      when s.probing and not by_probe then s.held_until
      when s.held_until > private.clock() and not s.probing then greatest(s.held_until, private.clock() + base)
      else private.clock() + least(base * power(2, least(s.troubles, 16)), longest)
    end,
    troubles = s.troubles + (s.held_until <= private.clock() or (s.probing and by_probe))::integer,
    probing = s.probing and not by_probe,
    hold_reason = hold_sender.reason
  where s.id = sender_id
  returning s.held_until
$$;

-- A request of this sender's went through: its hold ends, and all workers learn that at once.
create function private.free_sender(sender_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update private.senders s
  set held_until = '-infinity', hold_reason = null, troubles = 0, probing = false
  where s.id = sender_id and (s.troubles > 0 or s.hold_reason is not null);
  if found then
    perform pg_notify('sending', '');
  end if;
end
$$;

-- Stops everything (`dnwerks sending stop`): no message is claimed while `stopped_at` is set. No triggers.
create table private.sending_switch (
  only_row boolean primary key default true check (only_row),
  stopped_at timestamp with time zone,
  reason text
);
alter table private.sending_switch enable row level security;
insert into private.sending_switch default values;
grant select, update on private.sending_switch to service_role;

-- Accounts of which nothing is sent (`dnwerks sending stop --account`): none of their messages is claimed. No triggers.
create table private.stopped_accounts (
  user_id uuid primary key references public.user_profiles (id) on delete cascade,
  stopped_at timestamp with time zone not null default now(),
  reason text check (char_length(reason) <= 1000)
);
alter table private.stopped_accounts enable row level security;
grant select, insert, update, delete on private.stopped_accounts to service_role;

-- When a campaign pauses by itself: ratios of the messages that Twilio has judged since the launch or the last
-- resume. Only operators write this row. No triggers.
create table private.breaker_limits (
  only_row boolean primary key default true check (only_row),
  least_messages integer not null default 50 check (least_messages > 0),
  failed_ratio double precision not null default 0.3,
  filtered_ratio double precision not null default 0.1,
  unregistered_ratio double precision not null default 0.05,
  opted_out_ratio double precision not null default 0.05
);
alter table private.breaker_limits enable row level security;
insert into private.breaker_limits default values;
grant select, update on private.breaker_limits to service_role;

grant execute on function
  private.register_sender(text, text, double precision), private.hold_sender(uuid, text, interval, interval, boolean),
  private.free_sender(uuid)
  to service_role;

-- A sender as people see it. `held_until` is null while it is not held; a `hold_reason` without it: one message at a
-- time is tried.
create function private.sender_as_json(sender private.senders) returns json
language sql stable security definer
set search_path = ''
as $$
  select json_build_object(
    'id', sender.id, 'phone_number', sender.phone_number, 'messaging_service_sid', sender.messaging_service_sid,
    'is_default', sender.is_default, 'segments_per_second', sender.segments_per_second,
    'held_until', case when sender.held_until > private.clock() then sender.held_until end,
    'hold_reason', sender.hold_reason
  )
$$;

-- Sets a sender's rate while campaigns are being sent. Only for admins and services. Null is refused: nobody should lift
-- the limit by leaving it out. A worker that starts with a rate in its settings sets the default sender's again. Raises
-- PT403 `admin_required`, PT404 `sender_not_found`, PT422 `rate_invalid`.
create function public.set_sender_rate(sender_id uuid, segments_per_second double precision) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  sender private.senders;
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required', detail = 'Only admins set the rate of a sender.';
  end if;
  -- Refuses NaN as well, which Postgres holds for greater than everything.
  if set_sender_rate.segments_per_second is null or set_sender_rate.segments_per_second not between 0.01 and 10000 then
    raise exception using errcode = 'PT422', message = 'rate_invalid',
      detail = 'A rate is 0.01 to 10,000 segments a second.';
  end if;
  update private.senders s
  set segments_per_second = set_sender_rate.segments_per_second,
    -- What a slower rate has put off need not wait.
    free_at = least(s.free_at, private.clock())
  where s.id = set_sender_rate.sender_id
  returning * into sender;
  if not found then
    raise exception using errcode = 'PT404', message = 'sender_not_found', detail = 'There is no such sender.';
  end if;
  perform pg_notify('sending', '');
  return private.sender_as_json(sender);
end
$$;
grant execute on function public.set_sender_rate(uuid, double precision) to authenticated, service_role;
