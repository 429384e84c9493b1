-- What is kept of one person, how it is given out, and how it is erased. All three follow one list of places: whoever adds
-- a table or a column that may say something about a customer adds it there (supabase/tests/326_people_test.sql asks).

-- Whom it is about, in all the ways in which rows name a customer. No table's.
create type private.person as (
  phone text,
  digits text,
  -- A regular expression, to be matched by ~* with private.plain_digits of a text: the number in any spelling, without the
  -- country's code where enough is left to mean one number, or one of `emails`.
  written text,
  customer_ids uuid[],
  message_ids uuid[],
  -- In lower case, of the customers with this number; those that belong to a user stand apart, for they are the user's.
  emails text[],
  user_emails text[]
);

-- Reads all messages. Changes nothing.
create function private.person_of(phone text) returns private.person
language plpgsql stable security definer
set search_path = ''
set statement_timeout = '30min'
as $$
#variable_conflict use_variable
declare
  person private.person;
  emails text[];
  national text;
begin
  person.phone := phone;
  person.digits := substr(phone, 2);
  select coalesce(array_agg(distinct c.id), '{}'), coalesce(array_agg(distinct lower(c.email)) filter (where c.email <> ''), '{}')
  into person.customer_ids, emails
  from (
    select t.id, t.email from public.customers t where t.phone = phone
    union all
    select d.id, d.email from public.deleted_customers d where d.phone = phone
  ) c;
  person.user_emails := array(
    select distinct e.email from unnest(emails) e (email) join auth.users u on lower(u.email) = e.email
  );
  person.emails := array(select unnest(emails) except select unnest(person.user_emails) order by 1);
  select substr(person.digits, length(n.country_code) + 1) into national
  from (select p.country_code from private.number_plans p union all select '1') n
  where starts_with(person.digits, n.country_code) and length(person.digits) - length(n.country_code) >= 8
  order by length(n.country_code) desc
  limit 1;
  person.written := array_to_string(string_to_array(coalesce(national, person.digits), null), '[^0-9]*') || (
    select coalesce(string_agg('|' || regexp_replace(e.email, '([^[:alnum:]@])', '\\\1', 'g'), '' order by e.email), '')
    from unnest(person.emails) e (email)
  );
  person.message_ids := array(
    select m.id from public.campaign_messages m
    where m.phone_number = phone or m.customer_id = any (person.customer_ids)
    union
    select a.message_id from private.message_archive a
    where a.phone_number = phone or a.customer_id = any (person.customer_ids)
  );
  return person;
end
$$;

-- THE list: every place that may hold something of a customer, in the order in which it is erased. `condition` says which
-- rows `t` are those of the person `p`. `erasing`: `delete`; `along`: the rows go with those of another place, whose trigger
-- or foreign key takes them; else what an update sets, where the row is also about others. `shown`: what is given out of a
-- row; nothing that is about others, and no secret.
create function private.places_of_people() returns table (place text, erasing text, condition text, shown text)
language sql immutable
set search_path = ''
as $$
  select v.place, v.erasing, v.condition, case v.place
      when 'private.customer_import_consents' then
        'jsonb_build_object(''import_id'', t.import_id, ''consents'', (select jsonb_agg(one) from unnest(t.consents) one where one.phone = p.phone))'
      when 'private.waiting_deliveries' then
        'jsonb_build_object(''since'', t.since, ''news'', (select jsonb_agg(one) from unnest(t.news) one where one.message_id = any (p.message_ids)))'
      when 'private.customer_search_backlog' then
        'jsonb_build_object(''id'', t.id, ''customer_ids'', (select jsonb_agg(i.id) from unnest(t.customer_ids) i (id) where i.id = any (p.customer_ids)))'
      when 'public.password_reset_tokens' then 'to_jsonb(t) - ''token'''
      else 'to_jsonb(t)'
    end
  from (values
    -- What was said. Its triggers let go of a number once its hash is in private.erased_numbers.
    ('private.suppression_lifts', 'along', 't.suppression_id in (select s.id from private.suppressions s where s.phone = p.phone)'),
    ('private.suppressions', 'delete', 't.phone = p.phone'),
    ('private.consent_events', 'delete', 't.phone = p.phone'),
    ('private.consent_heads', 'delete', 't.phone = p.phone'),
    ('private.waiting_consents', 'delete', 't.phone = p.phone'),
    ('private.customer_import_consents',
      'consents = array(select one::private.new_consent from unnest(t.consents) one where one.phone <> p.phone)',
      'exists (select from unnest(t.consents) one where one.phone = p.phone)'),
    -- What was made under a key: customers, tests and answers, which go below.
    ('private.idempotency_keys', 'delete',
      't.made_id = any (p.customer_ids) or t.made_id in (select s.test_id from private.test_sends s where s.phone = p.phone)
        or t.made_id in (select m.id from public.conversation_messages m join public.conversations c on c.id = m.conversation_id
          where c.phone = p.phone)'),
    -- What was sent and received. Tests and answers have campaigns of their own.
    ('public.campaigns', 'delete',
      '(t.test_of is not null and t.id in (select m.campaign_id from public.campaign_messages m where m.id = any (p.message_ids)))
        or t.reply_to in (select c.id from public.conversations c where c.phone = p.phone)'),
    ('public.conversation_messages', 'along', 't.conversation_id in (select c.id from public.conversations c where c.phone = p.phone)'),
    ('public.conversations', 'delete', 't.phone = p.phone'),
    ('private.message_attempts', 'along', 't.message_id = any (p.message_ids)'),
    ('private.waiting_deliveries',
      'news = array(select one::private.delivery_news from unnest(t.news) one where (one.message_id = any (p.message_ids)) is not true)',
      'exists (select from unnest(t.news) one where one.message_id = any (p.message_ids))'),
    ('public.campaign_messages', 'delete', 't.id = any (p.message_ids)'),
    -- As they came: JSON, or a form, in which the plus is encoded.
    ('private.twilio_events', 'delete', 't.payload like ''%'' || p.digits || ''%'' or t.message_id = any (p.message_ids)'),
    ('private.test_sends', 'delete', 't.phone = p.phone'),
    -- The customers, and what depends on them.
    ('public.campaign_skips', 'along', 't.customer_id = any (p.customer_ids)'),
    ('private.customer_import_changes', 'along', 't.customer_id = any (p.customer_ids)'),
    ('public.customers', 'delete', 't.phone = p.phone'),
    -- The trigger of the customers has just put them there.
    ('public.deleted_customers', 'delete', 't.phone = p.phone'),
    ('private.customer_search', 'delete', 't.customer_id = any (p.customer_ids)'),
    ('private.customer_search_backlog',
      'texts = null, customer_ids = case when t.customer_ids is not null then
        array(select i.id from unnest(t.customer_ids) i (id) where i.id <> all (p.customer_ids)) end',
      't.customer_ids && p.customer_ids
        or t.texts is not null and exists (select from unnest(p.customer_ids) i (id) where i.id > t.after_id and i.id <= t.last_id)'),
    -- After all deletions that put messages there.
    ('private.message_archive', 'delete',
      't.phone_number = p.phone or t.message_id = any (p.message_ids) or t.customer_id = any (p.customer_ids)'),
    ('public.phone_lookups', 'delete', 't.phone = p.phone'),
    -- Rows of files, as they were written: the number in any spelling, also in two columns; or the person's address.
    ('public.customer_import_rejects', 'delete', 'private.plain_digits(array_to_string(t.cells, '' '')) ~* p.written'),
    -- A file without headers may have had the person's row for one, and a file may be named after a person.
    ('public.customer_imports',
      'file_name = null, columns = null, failure_detail = null,
        header = array(select ''Column '' || n from generate_subscripts(t.header, 1) n)',
      'private.plain_digits(concat_ws('' '', t.file_name, t.failure_detail, t.columns::text, array_to_string(t.header, '' ''))) ~* p.written'),
    -- Mails go to users and to those who are invited, so these are there only for who was one of them.
    ('private.mail_events', 'delete',
      't.provider_id in (select m.provider_id from private.mails m where lower(m.recipient) = any (p.emails)) or t.detail ~* p.written'),
    ('private.mails', 'delete', 'lower(t.recipient) = any (p.emails) or t.contents::text ~* p.written'),
    ('private.mail_suppressions', 'delete', 't.address = any (p.emails)'),
    ('private.mail_suppression_lifts', 'delete', 'lower(t.address) = any (p.emails)'),
    ('public.invite_codes', 'delete', 'lower(t.email) = any (p.emails)'),
    ('private.password_reset_requests', 'delete', 'lower(t.email) = any (p.emails)'),
    -- The records of resets outlive the address that somebody had then.
    ('public.password_reset_tokens', 'email = ''erased''', 'lower(t.email) = any (p.emails)')
  ) v (place, erasing, condition)
$$;

-- Every row that holds something of a person, with the table that it is in, or those of one place. Changes nothing; takes
-- long where there are many messages and callbacks: all of them are read.
create function private.data_of_person(person private.person, only_place text default null) returns table (place text, data jsonb)
language plpgsql stable security definer
set search_path = ''
set statement_timeout = '30min'
as $$
declare
  one record;
begin
  for one in select * from private.places_of_people() p where only_place is null or p.place = only_place loop
    return query execute format(
      'select %L::text, %s from %s t, (select ($1).*) p where %s', one.place, one.shown, one.place, one.condition
    ) using person;
  end loop;
end
$$;
grant execute on function private.person_of(text), private.data_of_person(private.person, text) to service_role;

-- Erases a person: all that is kept of their number in any account, but for a keyed hash with the suppressions that hold
-- (private.erased_numbers); whoever brings the number in again finds it suppressed again. Returns how many rows of each
-- table were erased: {"public.customers": 1}; none for who is not known. Refused, with PT409 `messages_under_way`, while a
-- worker has a text to this number, or nobody knows yet whether Twilio has it, and for 36 hours while Twilio has not said
-- what became of one. Side effects: the deletions, with what goes
-- with a customer and a message; counters of campaigns that are running fall. Raises PT422 `phone_invalid`, `note_too_long`
-- or `why_names_person`.
create function private.erase_person(phone text, why text, erased_by uuid) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '30min'
as $$
#variable_conflict use_variable
declare
  person private.person;
  one record;
  gone jsonb;
  imports uuid[];
begin
  perform private.check_phone_and_note(phone, why);
  -- Before all other locks, as whoever receives its messages does.
  perform pg_advisory_xact_lock(hashtextextended('inbound' || phone, 0));
  person := private.person_of(phone);
  if private.plain_digits(why) ~* person.written then
    raise exception using errcode = 'PT422', message = 'why_names_person',
      detail = 'The reason holds the number or an address of the person, and is kept.', hint = 'Leave them out.';
  end if;
  -- The lanes first, as everybody locks them: then nobody takes a message.
  perform from private.send_lanes l
  where l.campaign_id in (
    select m.campaign_id from public.campaign_messages m where m.id = any (person.message_ids) and m.status = 'pending'
  )
  order by l.campaign_id
  for no key update;
  if exists (
    select from public.campaign_messages m
    join private.send_claims k on k.campaign_id = m.campaign_id and m.position = any (k.positions)
    where m.id = any (person.message_ids) and m.status = 'pending'
  ) then
    raise exception using errcode = 'PT409', message = 'messages_under_way',
      detail = 'A text to this number is under way.',
      hint = 'Try again when Twilio has answered for it, which takes a minute, or a day if Twilio can''t be reached.';
  end if;
  -- Twilio's callbacks would bring the number back.
  if exists (
    select from public.campaign_messages m
    where m.id = any (person.message_ids) and m.status = 'sent' and m.sent_at > private.clock() - interval '36 hours'
  ) or exists (
    select from private.message_archive a
    where a.phone_number = erase_person.phone and a.status = 'sent' and a.sent_at > private.clock() - interval '36 hours'
  ) then
    raise exception using errcode = 'PT409', message = 'messages_under_way',
      detail = 'A text to this number was sent, and Twilio has not said yet what became of it.',
      hint = 'Try again when it has, or 36 hours after the text.';
  end if;
  perform from public.campaign_messages m where m.id = any (person.message_ids) order by m.id for update;
  perform from private.consent_heads h where h.phone = erase_person.phone for update;
  perform from private.suppressions s where s.phone = erase_person.phone order by s.id for update;
  select coalesce(jsonb_object_agg(d.place, d.n), '{}'),
    max(d.imports) filter (where d.place = 'public.customer_import_rejects')
  into gone, imports
  from (
    select r.place, count(*) as n, array_agg(distinct (r.data ->> 'import_id')::uuid) as imports
    from private.data_of_person(person) r
    group by r.place
  ) d;

  -- What an earlier erasure left would be lost otherwise.
  perform private.restore_erased_suppressions(array[phone]);
  -- From here on the two ledgers let go of this number, and the record of lifted mail suppressions of these addresses.
  insert into private.erased_numbers (phone_hash, suppressions, erased_by, why)
  select private.phone_hash(phone), coalesce(
      jsonb_agg(jsonb_build_object('user_id', s.user_id, 'reason', s.reason, 'source', s.source, 'since', s.since)), '[]'
    ), erased_by, why
  from private.suppressions s
  where s.phone = erase_person.phone and s.lifted_at is null;
  perform set_config('dnwerks.erasing', 'yes', true);
  for one in select * from private.places_of_people() p where p.erasing <> 'along' loop
    execute case one.erasing
      when 'delete' then format('delete from %s t using (select ($1).*) p where %s', one.place, one.condition)
      else format('update %s t set %s from (select ($1).*) p where %s', one.place, one.erasing, one.condition)
    end using person;
  end loop;
  perform set_config('dnwerks.erasing', '', true);
  update public.customer_imports i
  set rejects_kept = (select count(*) from public.customer_import_rejects r where r.import_id = i.id)
  where i.id = any (imports);
  return gone;
end
$$;
grant execute on function private.erase_person(text, text, uuid) to service_role;
