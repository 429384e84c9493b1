-- Suppressions as people see and write them, through PostgREST. An owner says what their own account must not text, and takes
-- that back; what holds for every account is written by Twilio, recipients and admins. Nobody lifts an opt-out but its
-- holder, by START where STOP set it; or an admin, who says what shows that its holder wants texts again.

-- One entry as people see it.
create function private.suppression_as_json(entry private.suppressions) returns json
language sql stable security definer
set search_path = ''
as $$
  select json_build_object(
    'id', entry.id, 'phone', entry.phone, 'user_id', entry.user_id, 'reason', entry.reason, 'since', entry.since,
    'source', entry.source, 'note', entry.evidence ->> 'note', 'lifted_at', entry.lifted_at,
    'lift', (
      select json_build_object('lifted_at', l.lifted_at, 'lifted_by', l.lifted_by, 'source', l.source, 'why', l.why)
      from private.suppression_lifts l where l.suppression_id = entry.id
    )
  )
$$;

-- The caller's profile. Raises PT403 `not_approved`.
create function private.approved_caller() returns uuid
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me constant uuid := private.my_profile_id();
begin
  if me is null then
    raise exception using errcode = 'PT403', message = 'not_approved', detail = 'This account is not approved.';
  end if;
  return me;
end
$$;

-- Raises PT422 `phone_invalid` for what is no number in international form, PT422 `note_too_long` for more than 1,000
-- characters.
create function private.check_phone_and_note(phone text, note text) returns void
language plpgsql immutable
set search_path = ''
as $$
begin
  if coalesce(phone, '') !~ '^\+[1-9][0-9]{6,14}$' then
    raise exception using errcode = 'PT422', message = 'phone_invalid',
      detail = 'This is no phone number with its country code.', hint = 'Write it as +14155550100.';
  end if;
  if length(note) > 1000 then
    raise exception using errcode = 'PT422', message = 'note_too_long', detail = 'A note has at most 1,000 characters.';
  end if;
end
$$;

-- Suppresses a number: `manual`, `listed` and `declined` for the caller's account; `invalid_number`, `unreachable`,
-- `complaint` and `opted_out` for every account, by admins only. Returns the entry, also if there was one already. Side
-- effects: a row in private.suppressions; the customer becomes inactive. Raises PT403 `not_approved` or `admin_required`;
-- PT422 `phone_invalid`, `note_too_long` or `suppression_reason_invalid`.
create function public.suppress_number(phone text, reason text default 'manual', note text default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
  own constant boolean := coalesce(reason in ('manual', 'listed', 'declined'), false);
  made uuid;
  entry private.suppressions;
begin
  if not own and (reason in ('invalid_number', 'unreachable', 'complaint', 'opted_out')) is not true then
    raise exception using errcode = 'PT422', message = 'suppression_reason_invalid',
      detail = 'A number is suppressed as manual, listed or declined.',
      hint = 'Admins suppress also as invalid_number, unreachable, complaint or opted_out.';
  end if;
  if not own and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'admin_required',
      detail = 'This reason holds for every account, so only an admin can give it.', hint = 'Use the reason manual.';
  end if;
  perform private.check_phone_and_note(phone, note);
  made := private.suppress(
    phone, case when own then me end, reason, 'person', jsonb_strip_nulls(jsonb_build_object('by', me, 'note', nullif(note, '')))
  );
  perform private.apply_these_suppressions(array[made]);
  select s.* into entry from private.suppressions s
  where s.phone = suppress_number.phone and s.user_id is not distinct from case when own then me end
    and s.reason = suppress_number.reason and s.lifted_at is null;
  return private.suppression_as_json(entry);
end
$$;

-- Puts up to 10,000 numbers on the caller's account's own list: {"added": 2, "already": 1, "invalid": ["12"]}; what is no
-- number in international form is left out and named. Side effects: rows in private.suppressions with the reason `listed`;
-- customers become inactive. Raises PT403 `not_approved`; PT422 `too_many_phones` or `note_too_long`.
create function public.suppress_numbers(phones text[], note text default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
  good constant text[] := array(
    select distinct p.phone from unnest(phones) p (phone) where p.phone ~ '^\+[1-9][0-9]{6,14}$' order by p.phone
  );
  added uuid[];
begin
  if cardinality(phones) > 10000 then
    raise exception using errcode = 'PT422', message = 'too_many_phones',
      detail = 'At most 10,000 numbers are listed at once.', hint = 'Send several lists.';
  end if;
  perform private.check_phone_and_note('+14155550100', note);
  with inserted as (
    insert into private.suppressions (phone, user_id, reason, source, evidence)
    select g.phone, me, 'listed', 'list', jsonb_strip_nulls(jsonb_build_object('by', me, 'note', nullif(note, '')))
    from unnest(good) g (phone)
    order by g.phone
    on conflict do nothing
    returning id
  )
  select array_agg(i.id) into added from inserted i;
  perform private.apply_these_suppressions(added);
  return json_build_object(
    'added', coalesce(cardinality(added), 0), 'already', cardinality(good) - coalesce(cardinality(added), 0),
    'invalid', array(select distinct p.phone from unnest(phones) p (phone) where p.phone <> all (good) limit 100)
  );
end
$$;

-- Whether the caller sees an entry: their own account's, and what concerns their own customers; admins all.
create function private.sees_suppression(entry private.suppressions, me uuid, is_admin boolean) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select is_admin or entry.user_id = me or (
    entry.user_id is null and exists (select from public.customers c where c.phone = entry.phone and c.user_id = me)
  )
$$;

-- Lifts an entry. Owners lift what their own account said (manual, listed, declined) and what waits for a person to look at
-- it (likely_revoked); admins these of every account, and besides invalid_number, unreachable, complaint; and opted_out,
-- with at least 20 characters that say what shows the holder's new consent. Returns the entry. Side effects: a row in
-- private.suppression_lifts; the customer becomes active again, if nothing else holds and it was inactive for this.
-- Raises PT403 `not_approved` or `suppression_not_liftable`; PT404 `suppression_not_found`; PT409
-- `suppression_already_lifted`; PT422 `why_required` or `note_too_long`.
create function public.lift_suppression(suppression_id uuid, why text) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
  is_admin constant boolean := private.is_admin();
  entry private.suppressions;
begin
  select s.* into entry from private.suppressions s where s.id = suppression_id for update;
  if not found or not private.sees_suppression(entry, me, is_admin) then
    raise exception using errcode = 'PT404', message = 'suppression_not_found', detail = 'There is no such suppression.';
  end if;
  if entry.lifted_at is not null then
    raise exception using errcode = 'PT409', message = 'suppression_already_lifted',
      detail = 'This suppression has been lifted before.';
  end if;
  if not is_admin and (
    entry.user_id is distinct from me or entry.reason not in ('manual', 'listed', 'declined', 'likely_revoked')
  ) then
    raise exception using errcode = 'PT403', message = 'suppression_not_liftable',
      detail = 'This suppression is not your account''s to lift.',
      hint = case when entry.source in ('stop', 'twilio') and entry.reason = 'opted_out' then 'Its holder can text START.'
        else 'Ask an admin.' end;
  end if;
  if coalesce(why, '') !~ '\S' or (entry.reason = 'opted_out' and length(btrim(why)) < 20) then
    raise exception using errcode = 'PT422', message = 'why_required',
      detail = case when entry.reason = 'opted_out'
        then 'Say in at least 20 characters what shows that the number''s holder wants texts again.'
        else 'Say why this suppression is lifted.' end;
  end if;
  perform private.check_phone_and_note('+14155550100', why);
  perform private.lift_entries(array[entry.id], 'person', why, me);
  perform private.apply_these_suppressions(array[entry.id]);
  select s.* into entry from private.suppressions s where s.id = suppression_id;
  return private.suppression_as_json(entry);
end
$$;

-- Suppressions, the newest first: {"data": [{"id", "phone", "user_id", "reason", "since", "source", "note", "lifted_at",
-- "lift"}], "total": 1, "total_is_exact": true}. Owners see their own account's, and those for every account that concern
-- their customers; admins all. `phone` and `reasons` narrow it; `lifted` true: also what no longer holds. Changes nothing.
-- Raises PT403 `not_approved`, PT422 `page_out_of_range`.
create function public.list_suppressions(
  phone text default null, reasons text[] default null, lifted boolean default false,
  page_limit integer default 50, page_offset integer default 0
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
  -- $1 the caller, $2 phone, $3 reasons. Those for everybody are as many as all accounts have together: what concerns the
  -- caller is found by their customers, who are inactive for it. Of what was lifted they may be active by now.
  seen constant text := case
    when private.is_admin() then 'private.suppressions'
    when lifted then
      '(select o.* from private.suppressions o where o.user_id = $1 or o.user_id is null and exists (
         select from public.customers c where c.phone = o.phone and c.user_id = $1
       ))'
    else
      '(select o.* from private.suppressions o where o.user_id = $1
        union all
        select o.* from public.customers c join private.suppressions o on o.phone = c.phone and o.user_id is null
        where c.user_id = $1 and c.status = ''inactive'')'
  end;
  conditions constant text := concat_ws(' and ', 'true',
    case when phone is not null then 's.phone = $2' end,
    case when reasons is not null then 's.reason = any ($3)' end,
    case when lifted is not true then 's.lifted_at is null' end
  );
  page json;
  total bigint;
begin
  if (page_limit between 1 and 1000 and page_offset between 0 and 10000000) is not true then
    raise exception using errcode = 'PT422', message = 'page_out_of_range', detail = 'A page has 1 to 1,000 rows.';
  end if;
  execute format('select count(*) from %s s where %s', seen, conditions) into total using me, phone, reasons;
  execute format(
    'select coalesce(json_agg(private.suppression_as_json(p) order by p.since desc, p.id desc), ''[]'')
     from (
       select s.* from %s s where %s order by s.since desc, s.id desc limit %s offset %s
     ) p',
    seen, conditions, page_limit, page_offset
  ) into page using me, phone, reasons;
  return json_build_object('data', page, 'total', total, 'total_is_exact', true);
end
$$;

grant execute on function
  public.suppress_number(text, text, text), public.suppress_numbers(text[], text), public.lift_suppression(uuid, text),
  public.list_suppressions(text, text[], boolean, integer, integer)
  to authenticated;
