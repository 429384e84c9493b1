-- A claim without an outcome is in doubt: a crash, a timeout, a broken connection. This settles one
-- with what Twilio's list showed, and answers `sent`, `absent`, `contested` or `settled`.
-- `sids` are Twilio's messages with the same recipient, text and sender, oldest first; none of them
-- is given to two rows. `attempt` is the claim that was in doubt when Twilio was asked: a newer one
-- is somebody else's and is left alone.
create function private.settle_doubt(message_id uuid, attempt integer, sids text[], doubt_after interval)
returns text
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  doubt public.campaign_messages;
  free_sid text;
begin
  select * into doubt from public.campaign_messages m where m.id = message_id;
  -- Doubts about one recipient are settled one after another.
  perform pg_advisory_xact_lock(hashtextextended('settle_doubt' || doubt.phone_number, 0));
  select * into doubt from public.campaign_messages m where m.id = message_id for no key update;
  if not found or doubt.status <> 'pending' or doubt.attempted_at is null or doubt.attempts <> attempt then
    return 'settled';
  end if;

  select s.sid into free_sid
  from unnest(sids) with ordinality s (sid, place)
  where not exists (select from public.campaign_messages m where m.twilio_sid = s.sid)
  order by s.place
  limit 1;

  if free_sid is null then
    -- Twilio provably does not have it: it may be sent again.
    update public.campaign_messages m set attempted_at = null where m.id = doubt.id;
    return 'absent';
  end if;
  if exists (
    select from public.campaign_messages m
    where m.customer_id = doubt.customer_id and m.id <> doubt.id and m.status = 'pending'
      and m.attempted_at > clock_timestamp() - doubt_after and m.message_body = doubt.message_body
  ) then
    -- The same text to the same person is under way for another campaign: it may be that one's.
    return 'contested';
  end if;
  update public.campaign_messages m
  set status = 'sent', twilio_sid = free_sid, sent_at = coalesce(m.sent_at, now())
  where m.id = doubt.id;
  return 'sent';
end
$$;
grant execute on function private.settle_doubt(uuid, integer, text[], interval) to service_role;
