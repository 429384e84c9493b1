-- What Twilio's callbacks say of messages. See the locks' order in the file of the tables, "send_work".

-- Records one piece of news for each of `sids`: Twilio's status is sent, delivered or failed. `message_ids` are ours,
-- where the callback's URL named one. Side effects: statuses rise, times and errors are set, numbers that must not be
-- texted are suppressed; the counters' trigger may end or pause the campaign. Nothing here writes or locks customers.
-- Late and repeated news changes nothing. A callback may come before the answer to the create request: then it brings
-- the sid. Returns how many messages changed.
create function private.record_deliveries(
  message_ids uuid[], sids text[], statuses text[], reasons text[], error_codes integer[], error_messages text[],
  suppress boolean[]
) returns integer
language plpgsql volatile security definer
set search_path = ''
-- As the functions of sending do, and for the same reason.
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  ids uuid[] := message_ids;
  -- Of earlier attempts: they must not settle the new ones.
  old_sids constant text[] := array(select a.sid from private.message_attempts a where a.sid = any (sids));
  -- No sid is ever given to two messages.
  used_sids constant text[] := array(select m.twilio_sid from public.campaign_messages m where m.twilio_sid = any (sids));
  changed integer;
begin
  if array_position(ids, null) is not null then
    select array_agg(coalesce(n.id, (select m.id from public.campaign_messages m where m.twilio_sid = n.sid)) order by n.place)
    into ids
    from unnest(message_ids, sids) with ordinality n (id, sid, place);
  end if;
  perform from public.campaign_messages m where m.id = any (ids) order by m.id for no key update;
  if true = any (suppress) then
    insert into private.suppressions (phone, reason, source, evidence)
    select m.phone_number, n.reason, 'twilio', jsonb_build_object('message_id', m.id, 'error_code', n.error_code)
    from unnest(ids, sids, reasons, error_codes, suppress) n (id, sid, reason, error_code, suppress)
    join public.campaign_messages m on m.id = n.id
    where n.suppress and n.sid <> all (old_sids) and coalesce(m.twilio_sid, n.sid) = n.sid and m.phone_number is not null
    order by m.phone_number
    on conflict do nothing;
  end if;
  update public.campaign_messages m
  set
    status = n.status,
    twilio_sid = coalesce(m.twilio_sid, case when n.sid <> all (used_sids) then n.sid end),
    sent_at = coalesce(m.sent_at, moment),
    delivered_at = case when n.status = 'delivered' then moment else m.delivered_at end,
    reason = n.reason,
    error_code = coalesce(n.error_code, m.error_code),
    error_message = coalesce(n.error_message, m.error_message),
    in_doubt_since = null,
    updated_at = now()
  from unnest(ids, sids, statuses, reasons, error_codes, error_messages)
    n (id, sid, status, reason, error_code, error_message)
  where m.id = n.id and n.sid <> all (old_sids) and coalesce(m.twilio_sid, n.sid) = n.sid
    and (m.status = 'pending' or (m.status = 'sent' and n.status <> 'sent'));
  get diagnostics changed = row_count;
  return changed;
end
$$;

grant execute on function private.record_deliveries(uuid[], text[], text[], text[], integer[], text[], boolean[]) to service_role;
