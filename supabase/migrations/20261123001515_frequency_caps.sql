-- Frequency caps: nobody gets more marketing texts from one account than their state allows, or than we allow anybody.
--
-- What counts, of one owner and one recipient, within the rolling window of the cap:
--   * every message that Twilio took, whatever became of it: the statutes count attempts. That an owner writes about
--     different subjects, or has an established business relationship (Oregon), is not known here and excuses nothing;
--   * messages under way: in a claim, or in doubt;
--   * of deleted messages, what private.message_archive has of the same number and owner. Else deleting and importing
--     a customer again would begin anew.
-- Not counted are earlier attempts that somebody had tried again after they failed (see retry_failed_messages).
-- Who has had as many waits among the retries until the oldest falls out of the window, pending, with the reason
-- `frequency_cap`.

-- The cap for everybody, besides those of the states; null: none. Only operators write this row. No triggers.
create table private.frequency_cap_for_all (
  only_row boolean primary key default true check (only_row),
  max_messages integer check (max_messages > 0),
  window_hours integer not null default 24 check (window_hours > 0)
);
alter table private.frequency_cap_for_all enable row level security;
insert into private.frequency_cap_for_all default values;
comment on column private.frequency_cap_for_all.max_messages is 'texts of one owner to one recipient within window_hours; null: no cap';
grant select, update on private.frequency_cap_for_all to service_role;

-- Those of `positions` who have not had as many texts as a cap allows; null if all have. The states are those of the
-- quiet group; where it names none (no quiet hours, or another country), the customer's and the area code's. Side effect:
-- the others' messages wait.
create function private.who_is_below_their_cap(
  turn private.turn, quiet_group text, positions integer[], moment timestamp with time zone
) returns integer[]
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  states constant text[] := string_to_array(split_part(quiet_group, '|', 1), ',');
  capped uuid[];
  capped_positions integer[];
  free_at timestamp with time zone[];
begin
  -- Most takes end here.
  if positions is null
    or not exists (select from private.frequency_caps f where states is null or f.state = any (states))
    and not exists (select from private.frequency_cap_for_all a where a.max_messages is not null)
  then
    return positions;
  end if;

  select array_agg(c.id order by c.position), array_agg(c.position order by c.position), array_agg(c.free_at order by c.position)
  into capped, capped_positions, free_at
  from (
    -- The strictest cap decides.
    select m.id, m.position, max(nth_newest.texted_at + cap.span) as free_at
    from unnest(positions) p (place)
    -- Not tests, which have no customer.
    cross join lateral (
      select * from public.campaign_messages k
      where k.campaign_id = turn.campaign_id and k.position = p.place and k.customer_id is not null
      limit 1
    ) m
    cross join lateral (
      select f.max_messages, make_interval(hours => f.window_hours) as span from private.frequency_caps f
      where f.state = any (
        case when states is not null then states else array(
          select c.state from public.customers c where c.id = m.customer_id
          union all
          select a.region from private.area_codes a
          where m.phone_number like '+1%' and a.area_code = substr(m.phone_number, 3, 3) and a.country = 'US'
        ) end
      )
      union all
      select a.max_messages, make_interval(hours => a.window_hours) from private.frequency_cap_for_all a
      where a.max_messages is not null
    ) cap
    cross join lateral (
      select t.texted_at
      from (
        select s.sent_at from public.campaign_messages s
        where s.customer_id = m.customer_id and s.sent_at > moment - cap.span and s.id <> m.id
        union all
        select c.claimed_at
        from public.campaign_messages s
        join private.send_claims c on c.campaign_id = s.campaign_id and s.position = any (c.positions)
        where s.customer_id = m.customer_id and s.sent_at is null and s.status = 'pending' and s.id <> m.id
          and c.claimed_at > moment - cap.span
        union all
        select coalesce(a.sent_at, a.claimed_at) from private.message_archive a
        where a.phone_number = m.phone_number and a.owner_id = turn.owner_id
          and coalesce(a.sent_at, a.claimed_at) > moment - cap.span
      ) t (texted_at)
      order by t.texted_at desc
      offset cap.max_messages - 1
      limit 1
    ) nth_newest
    group by m.id, m.position
  ) c;
  if capped is null then
    return positions;
  end if;

  insert into private.send_retries (campaign_id, position, quiet_group, due_at)
  select turn.campaign_id, w.place, who_is_below_their_cap.quiet_group, w.free_at
  from unnest(capped_positions, free_at) w (place, free_at)
  on conflict on constraint send_retries_pkey do nothing;
  update public.campaign_messages m
  set reason = 'frequency_cap', updated_at = now()
  from (
    select k.id from public.campaign_messages k
    where k.id = any (capped) and k.status = 'pending' and k.reason is distinct from 'frequency_cap'
    order by k.id
    -- It waits whatever its row says.
    for no key update skip locked
  ) l
  where m.id = l.id;
  return (select array_agg(p.place) from unnest(positions) p (place) where p.place <> all (capped_positions));
end
$$;
