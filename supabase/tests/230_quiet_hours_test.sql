-- Quiet hours: whose hours and which zones apply to a number, and the windows in which it may be texted.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

-- The window of a group at a local time, in the same local time: `Wed 08:00 to Wed 20:00`.
create function pg_temp.window_at(quiet_group text, local timestamp, zone text) returns text language sql as $$
  select to_char(w.opens_at at time zone zone, 'Dy HH24:MI') || ' to ' || to_char(w.closes_at at time zone zone, 'Dy HH24:MI')
  from private.window_of(quiet_group, local at time zone zone) w
$$;
-- The same of the group of a number and a state.
create function pg_temp.window_for(phone text, state text, local timestamp, zone text) returns text language sql as $$
  select pg_temp.window_at(private.quiet_group(phone, state), local, zone)
$$;

-- The data.
select is(
  (select array_agg(state order by state) from (select state from private.quiet_hours where dow < 7 group by state having count(*) <> 7) s),
  null, 'every state has a row for each day of the week'
);
select is((select count(distinct state) from private.quiet_hours), 57::bigint, 'the states, DC, five territories and the fallback');
select is((select count(*) from private.area_codes), 481::bigint, 'the area codes');
select is((select array_agg(state order by state) from private.frequency_caps), '{FL,MD,OK,OR}', 'the caps');
select is(
  (select array_agg(distinct state order by state) from private.quiet_hours where dow = 0 and opens is null),
  '{AL,LA,MS,PA,RI,SD,UT}', 'the states that are closed on Sundays'
);
select is(
  (select array_agg(state order by state) from private.quiet_hours where dow = 7 and opens is null),
  '{AL,LA,PA,RI,UT}', 'and on holidays'
);
select is_empty(
  $$select area_code from private.area_codes a where country = 'US' and zones <> '{}'
      and not exists (select from private.quiet_hours q where q.state = a.region)$$,
  'every area code of the US has a state with hours'
);
select is_empty(
  $$select state from private.quiet_hours q where state <> 'US'
      and not exists (select from private.area_codes a where a.country = 'US' and a.region = q.state and a.zones <> '{}')$$,
  'and every state has an area code, and so a zone'
);
select lives_ok(
  $$select now() at time zone z.zone from (select distinct unnest(zones) from private.area_codes) z (zone)$$,
  'Postgres knows every zone'
);
select throws_ok($$update private.quiet_hours set closes = '21:30' where state = 'NY'$$, '23514', null, 'no state opens longer than federal law');
select throws_ok($$update private.quiet_hours set closes = null where state = 'NY'$$, '23514', null, 'or for ever');

-- Groups.
select is(private.quiet_group('+12125550100', 'NY'), 'NY|America/New_York', 'a state and its zone');
select is(private.quiet_group('+12125550100', null), 'NY|America/New_York', 'without a state, the area code''s');
select is(private.quiet_group('+12125550100', ''), 'NY|America/New_York', 'an empty state is none');
select is(private.quiet_group('+12125550100', 'Ontario'), 'NY|America/New_York', 'nor is another region');
select is(private.quiet_group('+12125550100', 'US'), 'NY|America/New_York', 'nor the fallback');
select is(private.quiet_group('+12085550100', 'ID'), 'ID|America/Boise,America/Denver,America/Los_Angeles', 'an area code in several zones has them all');
select is(
  private.quiet_group('+13055550100', 'GA'), 'FL,GA|America/New_York',
  'of two states, the hours of both'
);
select is(
  private.quiet_group('+14155550100', 'FL'), 'CA,FL|America/Chicago,America/Los_Angeles,America/New_York',
  'and the area code''s zones and all of the other state''s'
);
select is(private.quiet_group('+18505550100', 'CA'), 'CA,FL|America/Chicago,America/Los_Angeles,America/New_York', 'in whichever order');
select is(private.quiet_group('+13055550100', 'FL'), 'FL|America/New_York', 'of the area code''s own state, only the area code''s zones');
select is(private.quiet_group('+18005550100', null), null, 'a toll-free number is never texted');
select is(private.quiet_group('+18885550100', 'FL'), null, 'wherever the customer lives');
select is(private.quiet_group('+19005550100', null), null, 'nor is a premium one');
select is(
  private.quiet_group('+12115550100', null), 'US|America/Chicago,America/Denver,America/Los_Angeles,America/New_York',
  'an unknown area code has the federal hours from coast to coast'
);
select is(
  private.quiet_group('+12115550100', 'HI'),
  'HI,US|America/Chicago,America/Denver,America/Los_Angeles,America/New_York,Pacific/Honolulu', 'besides the state''s'
);
select is(private.quiet_group('+1', null), private.quiet_group('+12115550100', null), 'a number too short for an area code too');
select is(private.quiet_group('+14165550100', null), 'US|America/Toronto', 'a Canadian number has the federal hours in its own zone');
select is(private.quiet_group('+14165550100', 'ON'), 'US|America/Toronto', 'provinces have no hours here');
select is(private.quiet_group('+18765550100', null), 'US|America/Jamaica', 'and so have the islands of country code 1');
select is(private.quiet_group('+17875550100', 'PR'), 'PR|America/Puerto_Rico', 'Puerto Rico is a state in this');
select is(private.quiet_group('+442079460100', null), '|', 'other countries have no hours here');
select is(private.quiet_group('+442079460100', 'FL'), '|', 'whatever the state says');
select is(private.quiet_group(null, 'FL'), null, 'nobody has no group');
select is_empty(
  $$select n.phone, n.state
    from (
      select '+1' || a.area_code || '5550100', s.state
      from (select area_code from private.area_codes union all select '211') a,
        (select distinct state from private.quiet_hours union all values (null), (''), ('Ontario')) s
      where hashtext(a.area_code || coalesce(s.state, '')) % 10 = 0
      union all
      values ('+442079460100', 'FL'), ('+12', null)
    ) n (phone, state)
    left join private.area_codes a on a.area_code = substr(n.phone, 3, 3)
    left join private.quiet_groups s on s.area_code = '' and s.state = n.state
    left join private.quiet_groups g on g.area_code = coalesce(a.area_code, '') and g.state = coalesce(s.state, '')
    where (case when n.phone like '+1%' then g.quiet_group else '|' end) is distinct from private.quiet_group(n.phone, n.state)$$,
  'the joins of a launch give the same'
);
select is(
  array(
    select private.quiet_group(n.phone, n.state)
    from (values ('+16715550100', 'RI'), ('+14015550100', 'GU'), ('+16715550100', 'PA'), ('+16705550100', 'RI')) n (phone, state)
  ),
  array_fill(null::text, array[4]), 'nobody waits for hours that are never open, or not in summer: there is no such group'
);
select is_empty(
  $$select quiet_group, d.day
    from (select distinct quiet_group from private.quiet_groups where quiet_group is not null and hashtext(quiet_group) % 20 = 0) g
    cross join (values (timestamptz '2026-12-13 12:00Z'), ('2027-06-28 12:00Z')) d (day)
    where not exists (select from private.window_of(g.quiet_group, d.day))$$,
  'and no other group is without a window'
);

-- The window that contains the time, or the next. 2026-11-25 is a Wednesday.
select is(pg_temp.window_at('FL|America/New_York', '2026-11-25 12:00', 'America/New_York'), 'Wed 08:00 to Wed 20:00', 'in the window, it is that one');
select is(pg_temp.window_at('FL|America/New_York', '2026-11-25 07:59:59.999999', 'America/New_York'), 'Wed 08:00 to Wed 20:00', 'before it, the next');
select is(pg_temp.window_at('FL|America/New_York', '2026-11-25 08:00', 'America/New_York'), 'Wed 08:00 to Wed 20:00', 'it contains the time when it opens');
select is(pg_temp.window_at('FL|America/New_York', '2026-11-25 19:59:59.999999', 'America/New_York'), 'Wed 08:00 to Wed 20:00', 'to the last moment');
select is(pg_temp.window_at('FL|America/New_York', '2026-11-25 20:00', 'America/New_York'), 'Thu 08:00 to Thu 20:00', 'but not the time when it closes');
select is(pg_temp.window_at('FL|America/New_York', '2026-11-25 23:59:59.999999', 'America/New_York'), 'Thu 08:00 to Thu 20:00', 'before midnight it is tomorrow''s');
select is(pg_temp.window_at('FL|America/New_York', '2026-11-26 00:00', 'America/New_York'), 'Thu 08:00 to Thu 20:00', 'at midnight it is today''s');
select is(pg_temp.window_at('HI|Pacific/Honolulu', '2026-11-25 21:00', 'Pacific/Honolulu'), 'Thu 08:00 to Thu 21:00', 'when it is another day in UTC');
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('FL|America/New_York', '2026-11-25 12:00-05') w),
  array['2026-11-25 13:00Z', '2026-11-26 01:00Z']::timestamptz[], 'as times of the world'
);
set local timezone = 'Pacific/Auckland';
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('FL|America/New_York', '2026-11-25 12:00-05') w),
  array['2026-11-25 13:00Z', '2026-11-26 01:00Z']::timestamptz[], 'whatever the session''s own zone is'
);
set local timezone = 'UTC';

-- Daylight saving ends on 2026-11-01 and begins on 2027-03-14.
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('NY|America/New_York', '2026-10-31 21:00-04') w),
  array['2026-11-01 13:00Z', '2026-11-02 02:00Z']::timestamptz[], 'after the hour that comes twice, 08:00 is an hour later in UTC'
);
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('NY|America/New_York', '2026-10-31 20:59-04') w),
  array['2026-10-31 12:00Z', '2026-11-01 01:00Z']::timestamptz[], 'but not the day before'
);
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('NY|America/New_York', '2027-03-13 21:00-05') w),
  array['2027-03-14 12:00Z', '2027-03-15 01:00Z']::timestamptz[], 'after the hour that is skipped, an hour earlier'
);
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('NY|America/New_York', '2027-03-13 20:59-05') w),
  array['2027-03-13 13:00Z', '2027-03-14 02:00Z']::timestamptz[], 'but not the day before'
);
select is(
  array(
    select pg_temp.window_at('NY|America/New_York', (t.at at time zone 'America/New_York'), 'America/New_York')
    from unnest(array['2026-11-01 01:30-04', '2026-11-01 01:30-05', '2027-03-14 01:59-05', '2027-03-14 03:00-04']::timestamptz[]) t (at)
  ),
  array_fill('Sun 08:00 to Sun 21:00'::text, array[4]), 'in those hours it is the same day''s'
);
select is(
  private.quiet_group('+19285550100', 'AZ'), 'AZ|America/Denver,America/Phoenix', 'in Arizona some have daylight saving and some have not'
);
select is(pg_temp.window_for('+19285550100', 'AZ', '2027-03-13 22:00', 'America/Phoenix'), 'Sun 08:00 to Sun 20:00', 'so in summer it closes an hour earlier');
select is(pg_temp.window_for('+19285550100', 'AZ', '2027-03-13 07:00', 'America/Phoenix'), 'Sat 08:00 to Sat 21:00', 'and in winter it does not');

-- Days of the week.
select is(pg_temp.window_for('+12145550100', 'TX', '2026-11-28 21:00', 'America/Chicago'), 'Sun 12:00 to Sun 21:00', 'Texas opens at noon on Sundays');
select is(pg_temp.window_for('+12145550100', 'TX', '2026-11-29 21:00', 'America/Chicago'), 'Mon 09:00 to Mon 21:00', 'and at nine on Mondays');
select is(pg_temp.window_for('+12055550100', 'AL', '2026-11-28 20:00', 'America/Chicago'), 'Mon 08:00 to Mon 20:00', 'Alabama is closed on Sundays');
select is(pg_temp.window_for('+12055550100', 'AL', '2026-11-29 12:00', 'America/Chicago'), 'Mon 08:00 to Mon 20:00', 'all day');
select is(pg_temp.window_for('+14015550100', 'RI', '2026-11-27 18:00', 'America/New_York'), 'Sat 10:00 to Sat 17:00', 'Rhode Island has hours of its own on Saturdays');
select is(pg_temp.window_for('+14125550100', 'PA', '2026-11-28 19:00', 'America/New_York'), 'Mon 09:00 to Mon 19:00', 'Pennsylvania has those of 2026-10-18');
select is(
  pg_temp.window_at('HI|America/New_York,Pacific/Honolulu', '2026-11-28 23:30', 'Pacific/Honolulu'), 'Sun 08:00 to Sun 16:00',
  'each zone has its own day'
);
select is(
  pg_temp.window_at('AL|America/New_York,Pacific/Guam', '2026-11-28 07:00', 'America/New_York'), 'Mon 17:00 to Mon 20:00',
  'a Sunday in one zone closes the Saturday and the Sunday of another'
);

-- The strictest of all.
select is(pg_temp.window_for('+14155550100', 'FL', '2026-11-25 05:00', 'America/New_York'), 'Wed 11:00 to Wed 20:00', 'Florida''s evening and California''s morning');
select is(pg_temp.window_for('+12085550100', 'ID', '2026-11-25 05:00', 'America/Boise'), 'Wed 09:00 to Wed 21:00', 'the later zone''s morning');
select is(pg_temp.window_for('+12055550100', 'TX', '2026-11-28 20:00', 'America/Chicago'), 'Mon 10:00 to Mon 20:00', 'a day on which one of them is closed is closed');
select is(pg_temp.window_for('+12115550100', null, '2026-11-25 05:00', 'America/New_York'), 'Wed 11:00 to Wed 21:00', 'from coast to coast');
select is(
  pg_temp.window_at('ZZ|America/New_York', '2026-11-25 05:00', 'America/New_York'), 'Wed 08:00 to Wed 21:00',
  'a state without rows has the federal hours'
);
delete from private.quiet_hours where state = 'NY' and dow = 4;
select is(
  pg_temp.window_at('NY|America/New_York', '2026-11-25 21:00', 'America/New_York'), 'Fri 08:00 to Fri 21:00',
  'but one with rows is closed on a day without one'
);

-- Always and never.
select is(
  (select array[w.opens_at, w.closes_at] from private.window_of('|', '2026-11-25 03:00Z') w),
  array['2026-11-25 03:00Z', 'infinity']::timestamptz[], 'a number of another country may be texted from now on'
);
select is_empty($$select * from private.window_of(null, now())$$, 'a number that must never be texted has no window');
select is_empty($$select * from private.window_of('FL|', now())$$, 'nor has a group without zones');
select is_empty($$select * from private.window_of('|America/New_York', now())$$, 'or without states');
select is_empty($$select * from private.window_of('', now())$$, 'or without anything');
select is_empty(
  $$select * from private.window_of('GU,RI|America/New_York,Pacific/Guam', '2026-11-25 03:00Z')$$,
  'some states are never open at once'
);
select throws_ok($$select * from private.window_of('FL|America/Nowhere', now())$$, '22023', null, 'an unknown zone is an error');
update private.quiet_hours set opens = null, closes = null where state = 'WY' and dow <> 3;
select is(
  pg_temp.window_at('WY|America/Denver', '2026-11-25 20:00', 'America/Denver'), 'Wed 08:00 to Wed 20:00',
  'a window a week away is found'
);

-- Only services ask.
select is(
  (
    select array_agg(r.role || ' ' || p.proname order by r.role, p.proname)
    from pg_proc p, (values ('anon'), ('authenticated'), ('service_role')) r (role)
    where p.pronamespace = 'private'::regnamespace and p.proname in ('quiet_group', 'window_of')
      and has_function_privilege(r.role, p.oid, 'execute')
  ),
  '{service_role quiet_group,service_role window_of}', 'only services call the functions'
);
select is(
  (
    select array_agg(r.role || ' ' || c.relname || ' ' || v.verb order by r.role, c.relname, v.verb)
    from pg_class c, (values ('anon'), ('authenticated'), ('service_role')) r (role),
      (values ('select'), ('insert'), ('update'), ('delete')) v (verb)
    where c.relnamespace = 'private'::regnamespace and c.relname in ('quiet_hours', 'area_codes', 'frequency_caps', 'quiet_groups')
      and has_table_privilege(r.role, c.oid, v.verb)
  ),
  '{service_role area_codes select,service_role frequency_caps select,service_role quiet_groups select,service_role quiet_hours select}',
  'and read the tables'
);
set local role service_role;
select is(
  (
    select array[w.opens_at, w.closes_at]
    from private.window_of(private.quiet_group('+14155550100', 'FL'), '2026-11-25 05:00-05') w
  ),
  array['2026-11-25 16:00Z', '2026-11-26 01:00Z']::timestamptz[], 'a service gets the answer'
);
reset role;

-- However the state is written, by any door.
select results_eq(
  $$ select w, private.read_state(w) from unnest(array['Florida', 'fl', ' N.Y. ', 'US-CA', 'new  york', 'Ontario', 'Québec', 'PQ', 'Bavaria', '', null]) w $$,
  $$ values ('Florida', 'FL'), ('fl', 'FL'), (' N.Y. ', 'NY'), ('US-CA', 'CA'), ('new  york', 'NY'), ('Ontario', 'ON'), ('Québec', 'QC'), ('PQ', 'QC'), ('Bavaria', 'Bavaria'), ('', ''), (null, null) $$,
  'a state is read as people write it'
);

select * from finish();
rollback;
