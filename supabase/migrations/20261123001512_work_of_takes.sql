-- How a take gets work off a campaign whose lane it has locked: retries first, then ranges. Planned as take_messages is.

-- The window of a quiet group that is open and stays so for a minute, or else the next. If there is none, it is looked
-- for again tomorrow.
create function private.next_window(
  quiet_group text, moment timestamp with time zone, out opens_at timestamp with time zone, out closes_at timestamp with time zone
)
language plpgsql stable
set search_path = ''
as $$
begin
  select w.opens_at, w.closes_at into opens_at, closes_at from private.window_of(quiet_group, moment) w;
  if closes_at < moment + interval '1 minute' then
    select w.opens_at, w.closes_at into opens_at, closes_at from private.window_of(quiet_group, closes_at) w;
  end if;
  opens_at := coalesce(opens_at, moment + interval '1 day');
  closes_at := coalesce(closes_at, '-infinity');
end
$$;

-- Takes up to `at_most` retries that are due, of one quiet group; null if none is due. Side effect: those whose window
-- is closed become due when it opens.
create function private.take_retries(campaign_id uuid, at_most integer, moment timestamp with time zone) returns private.work
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  work private.work;
  opens_at timestamp with time zone;
begin
  select r.quiet_group into work.quiet_group from private.send_retries r
  where r.campaign_id = take_retries.campaign_id and r.due_at <= moment
  order by r.due_at, r.position
  limit 1;
  if not found then
    return null;
  end if;
  work.closes_at := 'infinity';
  if work.quiet_group is not null then
    select w.opens_at, w.closes_at into opens_at, work.closes_at from private.next_window(work.quiet_group, moment) w;
    if opens_at > moment then
      update private.send_retries r set due_at = opens_at
      where r.campaign_id = take_retries.campaign_id and r.due_at <= moment and r.quiet_group = work.quiet_group;
      return work;
    end if;
  end if;
  with due as (
    select r.position from private.send_retries r
    where r.campaign_id = take_retries.campaign_id and r.due_at <= moment
      and r.quiet_group is not distinct from work.quiet_group
    order by r.due_at, r.position
    limit at_most
    for update
  ),
  gone as (
    delete from private.send_retries r using due d
    where r.campaign_id = take_retries.campaign_id and r.position = d.position
    returning r.position
  )
  select array_agg(g.position order by g.position) into work.positions from gone g;
  return work;
end
$$;

-- Takes up to `at_most` positions of the range that is due first; null if none is due. Side effect: a range whose window
-- is closed becomes due when it opens.
create function private.take_range(campaign_id uuid, at_most integer, moment timestamp with time zone) returns private.work
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  piece private.send_ranges;
  work private.work;
  last_taken integer;
begin
  select r.* into piece from private.send_ranges r
  where r.campaign_id = take_range.campaign_id and r.due_at <= moment
  order by r.due_at, r.first
  limit 1
  for no key update;
  if not found then
    return null;
  end if;
  work.quiet_group := piece.quiet_group;
  work.closes_at := case when piece.quiet_group is null then 'infinity' else piece.closes_at end;
  -- The window is kept with the range, because looking for it takes longer than the rest of this.
  if work.closes_at < moment + interval '1 minute' then
    select w.opens_at, w.closes_at into piece.due_at, work.closes_at from private.next_window(piece.quiet_group, moment) w;
    update private.send_ranges r set due_at = piece.due_at, closes_at = work.closes_at
    where r.campaign_id = piece.campaign_id and r.first = piece.first;
    if piece.due_at > moment then
      return work;
    end if;
  end if;
  last_taken := least(piece.next + at_most - 1, piece.last);
  if last_taken = piece.last then
    delete from private.send_ranges r where r.campaign_id = piece.campaign_id and r.first = piece.first;
  else
    update private.send_ranges r set next = last_taken + 1
    where r.campaign_id = piece.campaign_id and r.first = piece.first;
  end if;
  work.positions := array(select generate_series(piece.next, last_taken));
  return work;
end
$$;

-- A lane of which nothing is due sleeps until something is.
create function private.let_lane_sleep(campaign_id uuid) returns void
language sql volatile
set search_path = ''
as $$
  update private.send_lanes l
  set due_at = coalesce(
    least(
      (select min(r.due_at) from private.send_ranges r where r.campaign_id = let_lane_sleep.campaign_id),
      (select min(r.due_at) from private.send_retries r where r.campaign_id = let_lane_sleep.campaign_id)
    ),
    'infinity'
  )
  where l.campaign_id = let_lane_sleep.campaign_id
$$;
