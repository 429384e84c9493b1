-- Customers: the table, the rules for tags and attributes, who may see and write
-- a row, and how the API creates one. Searching, listing and importing have files of their own.

-- The limits below are those of the crate `domain`, which the API and the import ask; the test
-- domain_rules of the crate `testkit` compares them. Control characters are spelt out, because what a class like
-- [:cntrl:] holds depends on the database's locale. Normal form (NFC) is the API's and the import's work.

-- A text without the characters that nobody sees: soft hyphens, zero-width characters, marks of direction, fillers, tags.
-- The two joiners stay between letters of scripts that join them, and between emoji.
create function private.visible(text text) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  select regexp_replace(
    regexp_replace(text, '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]', '', 'g'),
    '(?<![\u0600-\u1dff\u2070-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u1dff\u2070-\U0010ffff])', '', 'g'
  )
$$;

-- Whether such a character is in it. Text of ASCII, which most is, costs one look.
create function private.has_invisible(text text) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select text ~ '[^\u0001-\u007f]' and text <> private.visible(text)
$$;
grant execute on function private.visible(text), private.has_invisible(text) to authenticated, service_role;

-- Attributes with all values as texts, so that 3 and "3" are one value: numbers without an exponent and without zeros at
-- their end. What is null, an object or an array stays, for those who refuse it.
create function private.attributes_as_texts(attributes jsonb) returns jsonb
language sql immutable strict parallel safe
set search_path = ''
as $$
  select case when jsonb_typeof(attributes) <> 'object' then attributes else coalesce(
    (
      select jsonb_object_agg(
        private.visible(a.key),
        case jsonb_typeof(a.value)
          when 'string' then to_jsonb(private.visible(a.value #>> '{}'))
          when 'number' then to_jsonb(trim_scale((a.value #>> '{}')::numeric)::text)
          when 'boolean' then to_jsonb(a.value #>> '{}')
          else a.value
        end
      )
      from jsonb_each(attributes) a
    ),
    '{}'
  ) end
$$;
grant execute on function private.attributes_as_texts(jsonb) to authenticated, service_role;

-- At most 50 different tags, each of 1 to 64 characters, without blanks at its ends (what Unicode calls
-- white space), and without control and invisible characters or what separates tags in a file: comma, semicolon, bar.
create function private.tags_are_valid(tags text[]) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select cardinality(tags) <= 50
    and array_position(tags, null) is null
    and not exists (
      select from unnest(tags) t (tag)
      where char_length(t.tag) not between 1 and 64
        or t.tag <> btrim(t.tag, E' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000')
        or t.tag ~ '[\u0001-\u001f\u007f-\u009f,;|]'
        or t.tag ~ '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]|(^|[\u0001-\u05ff\u1e00-\u206f])[\u200c\u200d]|[\u200c\u200d]($|[\u0001-\u05ff\u1e00-\u206f])'
    )
    and cardinality(tags) = (select count(distinct t.tag) from unnest(tags) t (tag))
$$;

-- An object of at most 50 entries: names of 1 to 64 characters without blanks at their ends and without
-- control characters; values of at most 500, neither objects nor arrays, in which the only control characters
-- are tabs and line breaks.
create function private.attributes_are_valid(attributes jsonb) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select jsonb_typeof(attributes) = 'object'
    and not exists (
      select from jsonb_each(attributes) a
      where char_length(a.key) not between 1 and 64
        or a.key <> btrim(a.key, E' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000')
        or a.key ~ '[\u0001-\u001f\u007f-\u009f]'
        or jsonb_typeof(a.value) in ('object', 'array')
        or concat(a.key, E'\n', a.value #>> '{}') ~ '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]|(^|[\u0001-\u05ff\u1e00-\u206f])[\u200c\u200d]|[\u200c\u200d]($|[\u0001-\u05ff\u1e00-\u206f])'
        or char_length(a.value #>> '{}') > 500
        or a.value #>> '{}' ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'
    )
    and (select count(*) from jsonb_object_keys(attributes)) <= 50
$$;
grant execute on function private.tags_are_valid(text[]), private.attributes_are_valid(jsonb) to authenticated, service_role;

-- The tags of both lists, each once, in the order in which they first occur.
create function private.with_tags(tags text[], more text[]) returns text[]
language sql immutable parallel safe
set search_path = ''
as $$
  select array(
    select t.tag from unnest(tags || more) with ordinality t (tag, position) group by t.tag order by min(t.position)
  )
$$;
grant execute on function private.with_tags(text[], text[]) to authenticated, service_role;

-- The specification's columns first, then ours: tags to group customers by, and attributes that a
-- business names itself.
--
-- Triggers:
--   clean_texts (before insert, before update of a text, each row): drops invisible characters, makes texts of
--     attributes that are numbers or booleans, and reads states; a new customer without tags or attributes has none.
--   own_new_row (before insert, each row without user_id): sets user_id to the caller's profile.
--   touch_updated_at (before update, each row): sets updated_at.
--   normalize_new_phone (before insert), normalize_changed_phone (before update of phone; each row; defined with the phone
--     numbers): write the number in E.164, or raise PT422 `phone_…`; for people always, else only where it is none.
--   refuse_unavailable_new_phone (before insert), refuse_unavailable_changed_phone (before update of phone; each row; only
--     for people; defined with the phone refusals): raise PT409 `phone_unavailable` for another account's number, which is
--     counted, or PT429.
--   Defined with the suppressions:
--     suppress_new_customers (before insert, each row): makes one whose number is suppressed inactive, with the reason, and
--       brings back the suppressions of an erased number.
--     suppress_changed_customers (before update of phone, owner or status, each row): the same for the new number;
--       refuses to make a customer active whose number is suppressed.
--   Defined with the search, each after the statement and once for it; they refuse nothing:
--     search_new_customers (insert), search_changed_customers (update): write private.customer_search, or
--       private.customer_search_backlog if there are many rows; many new rows also notify `customer_search`.
--     forget_deleted_customers (delete): deletes from private.customer_search.
--     forget_all_customers (truncate): truncates private.customer_search and its backlog.
--   tally_new_customers (after insert), tally_deleted_customers (after delete; each once for the statement; defined with the
--     analytics): write private.account_tallies.
--   keep_deleted_customers (after delete, once for the statement; defined with the deleted customers): writes
--     public.deleted_customers, from where they can be restored.
--   audit_new (after insert), audit_changed (update), audit_deleted (delete), audit_all (truncate; once for the
--     statement; defined with the audit log): write private.audit_log if it was not the owner.
-- A deleted customer's rows in campaign_messages go with it (foreign key). Their trigger corrects the
-- counters of the campaigns, and may thereby end a campaign that is being sent.
--
-- IMPORTS BYPASS THESE TRIGGERS. An import inserts its new customers, and updates known ones whose status stays, with
-- session_replication_role = replica (private.skip_triggers) where `postgres` may set that; see
-- `insert_new` and `update_known` in services/shared/rows-as-service/src/imports/apply.rs. Then Postgres runs no trigger:
-- neither the ones above nor those behind foreign keys. What the import does itself instead, once
-- for all rows:
--   clean_texts           it writes no such character and no such value (crate `domain`, StagedCustomer).
--   touch_updated_at      it sets updated_at (update_known.sql).
--   suppress_changed_customers  numbers and owners stay; where a status changes, it updates with triggers.
--   search_changed_customers  it adds those whose texts change to the backlog (update_known.sql).
--   own_new_row           it names the owner in every row (insert_new.sql).
--   normalize_new_phone   the crate `domain` has read every number.
--   refuse_unavailable_new_phone  it rejects and counts such rows itself (private.count_import_refusals).
--   foreign key user_id   private.skip_triggers locks the owner's profile `for key share`, and fails if there is none.
--   suppress_new_customers  it calls private.restore_erased_suppressions for the new numbers, and asks
--                         private.numbers_not_to_text in insert_new.sql.
--   search_new_customers  it adds the range of the new ids to the backlog (note_inserted.sql); the
--                         import worker takes the backlog from there.
--   audit_new, audit_changed  its record says who imported; they are silent for services.
--   tally_new_customers   it counts the new ones itself (note_inserted.sql).
-- Checks, defaults and unique indexes hold as always. The undoing of an import runs with all triggers. Whoever adds a
-- trigger or a foreign key here has to say what stands in for it in an import; supabase/tests/120_triggers_test.sql fails
-- until they do.
create table public.customers (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  phone text not null unique,
  first_name text,
  last_name text,
  email text,
  state text,
  status text default 'active' check (status in ('active', 'inactive')),
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now(),
  tags text[] not null default '{}',
  attributes jsonb not null default '{}',
  inactive_reason text constraint customers_inactive_reason_check check (
    inactive_reason in (
      'opted_out', 'invalid_number', 'unreachable', 'complaint', 'declined', 'manual', 'listed', 'likely_revoked'
    )
  ),
  -- Longer than any number. The form of a number is not this check's to say.
  constraint customers_phone_length_check check (char_length(phone) <= 64),
  -- A name is one line, in which everything can be seen (see private.visible): also without the separators of lines and paragraphs (U+2028, U+2029).
  constraint customers_first_name_check check (char_length(first_name) <= 200),
  constraint customers_first_name_characters_check check (
    first_name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]|(^|[\u0001-\u05ff\u1e00-\u206f])[\u200c\u200d]|[\u200c\u200d]($|[\u0001-\u05ff\u1e00-\u206f])'
  ),
  constraint customers_last_name_check check (char_length(last_name) <= 200),
  constraint customers_last_name_characters_check check (
    last_name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]|(^|[\u0001-\u05ff\u1e00-\u206f])[\u200c\u200d]|[\u200c\u200d]($|[\u0001-\u05ff\u1e00-\u206f])'
  ),
  -- Blank or ASCII without spaces; whether it has the form of an address, the API and the import look at.
  constraint customers_email_check check (char_length(email) <= 254),
  constraint customers_email_characters_check check (email !~ '[^!-~]'),
  -- The API and imports write postal codes of US states; the specification's "state/region" lets a frontend
  -- write other regions.
  constraint customers_state_check check (char_length(state) <= 64),
  constraint customers_state_characters_check check (
    state !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]|(^|[\u0001-\u05ff\u1e00-\u206f])[\u200c\u200d]|[\u200c\u200d]($|[\u0001-\u05ff\u1e00-\u206f])'
  ),
  -- The comparison with the empty value comes first, and is all that most rows cost.
  constraint customers_tags_check check (tags = '{}' or private.tags_are_valid(tags)),
  constraint customers_attributes_check check (attributes = '{}' or private.attributes_are_valid(attributes))
)
-- Half of each page is left free: where an import overwrites every customer, each new version finds its place beside the
-- old one, and no index is written (a HOT update). A page filled by 80 % would have room for a quarter of them.
with (fillfactor = 50);
comment on column public.customers.tags is
  'at most 50 different tags of at most 64 characters, without commas, semicolons, bars and control characters';
comment on column public.customers.attributes is
  'at most 50 texts by name, numbers and booleans as texts; a name has at most 64 characters, a text 500';
comment on column public.customers.inactive_reason is
  'the reason of the suppression that made this customer inactive; null: active, or inactive by hand; set by triggers only';

-- Both columns ascend, so that an import, whose ids ascend, writes at one end of the index. Lists that
-- show the newest first read it backwards.
create index customers_user_id_created_at_id_idx on public.customers (user_id, created_at, id);
-- For the suppressions that concern an account.
create index customers_inactive_idx on public.customers (user_id, phone) where status = 'inactive';

-- The postal code of a state or province that is written as people write it (`ca`, `N.Y.`, `US-CA`), as the crate
-- `domain` reads it (StateCode): quiet hours and audiences know the codes only. Another region stays as it is.
create function private.read_state(written text) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select coalesce('{
    "al": "AL", "ak": "AK", "ab": "AB", "as": "AS", "az": "AZ", "ar": "AR", "aa": "AA", "ae": "AE", "ap": "AP", "bc": "BC",
    "ca": "CA", "co": "CO", "ct": "CT", "de": "DE", "dc": "DC", "fm": "FM", "fl": "FL", "ga": "GA", "gu": "GU", "hi": "HI",
    "id": "ID", "il": "IL", "in": "IN", "ia": "IA", "ks": "KS", "ky": "KY", "la": "LA", "me": "ME", "mb": "MB", "mh": "MH",
    "md": "MD", "ma": "MA", "mi": "MI", "mn": "MN", "ms": "MS", "mo": "MO", "mt": "MT", "ne": "NE", "nv": "NV", "nb": "NB",
    "nh": "NH", "nj": "NJ", "nm": "NM", "ny": "NY", "nl": "NL", "nc": "NC", "nd": "ND", "mp": "MP", "nt": "NT", "ns": "NS",
    "nu": "NU", "oh": "OH", "ok": "OK", "on": "ON", "or": "OR", "pw": "PW", "pa": "PA", "pe": "PE", "pr": "PR", "qc": "QC",
    "ri": "RI", "sk": "SK", "sc": "SC", "sd": "SD", "tn": "TN", "tx": "TX", "ut": "UT", "vt": "VT", "vi": "VI", "va": "VA",
    "wa": "WA", "wv": "WV", "wi": "WI", "wy": "WY", "yt": "YT", "alabama": "AL", "alaska": "AK", "alberta": "AB",
    "americansamoa": "AS", "arizona": "AZ", "arkansas": "AR", "armedforcesamericas": "AA", "armedforceseurope": "AE",
    "armedforcespacific": "AP", "britishcolumbia": "BC", "california": "CA", "colorado": "CO", "connecticut": "CT",
    "delaware": "DE", "districtofcolumbia": "DC", "federatedstatesofmicronesia": "FM", "florida": "FL", "georgia": "GA",
    "guam": "GU", "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "manitoba": "MB", "marshallislands": "MH", "maryland": "MD",
    "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "newbrunswick": "NB", "newhampshire": "NH", "newjersey": "NJ", "newmexico": "NM",
    "newyork": "NY", "newfoundlandandlabrador": "NL", "northcarolina": "NC", "northdakota": "ND",
    "northernmarianaislands": "MP", "northwestterritories": "NT", "novascotia": "NS", "nunavut": "NU", "ohio": "OH",
    "oklahoma": "OK", "ontario": "ON", "oregon": "OR", "palau": "PW", "pennsylvania": "PA", "princeedwardisland": "PE",
    "puertorico": "PR", "quebec": "QC", "rhodeisland": "RI", "saskatchewan": "SK", "southcarolina": "SC",
    "southdakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginislands": "VI",
    "virginia": "VA", "washington": "WA", "westvirginia": "WV", "wisconsin": "WI", "wyoming": "WY", "yukon": "YT",
    "washingtondc": "DC", "usvirginislands": "VI", "stateofrhodeisland": "RI",
    "commonwealthofthenorthernmarianaislands": "MP", "micronesia": "FM", "armedforcestheamericas": "AA",
    "armedforcesafrica": "AE", "armedforcescanada": "AE", "armedforcesmiddleeast": "AE",
    "armedforceseuropethemiddleeastafricaandcanada": "AE", "newfoundland": "NL", "newfoundland&labrador": "NL",
    "québec": "QC", "pq": "QC", "nwt": "NT", "pei": "PE", "yukonterritory": "YT", "yk": "YT"
  }'::jsonb ->> lower(translate(regexp_replace(btrim(written), '^(US|us|CA|ca)-', ''), '. ,-' || chr(9), '')), written)
$$;
grant execute on function private.read_state(text) to authenticated, service_role;

-- Drops what nobody sees from the texts of a customer, and makes texts of its attributes. Changes the new row only.
create function private.clean_texts() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if private.has_invisible(concat(new.phone, new.first_name, new.last_name, new.email, new.state, new.tags::text)) then
    new.phone := private.visible(new.phone);
    new.first_name := private.visible(new.first_name);
    new.last_name := private.visible(new.last_name);
    new.email := private.visible(new.email);
    new.state := private.visible(new.state);
    new.tags := private.with_tags('{}', array(
      select private.visible(t.tag) from unnest(new.tags) with ordinality t (tag, position) order by t.position
    ));
  end if;
  new.state := private.read_state(new.state);
  if new.attributes <> '{}' and jsonb_typeof(new.attributes) = 'object' then
    new.attributes := jsonb_strip_nulls(private.attributes_as_texts(new.attributes));
  end if;
  -- Of several rows at once supabase-js sends null for what only some of them name.
  if tg_op = 'INSERT' then
    new.tags := coalesce(new.tags, '{}');
    new.attributes := coalesce(new.attributes, '{}');
  end if;
  return new;
end
$$;

create trigger clean_texts before insert or update of phone, first_name, last_name, email, state, tags, attributes
  on public.customers for each row execute function private.clean_texts();
create trigger own_new_row before insert on public.customers
  for each row when (new.user_id is null) execute function private.own_new_row();
create trigger touch_updated_at before update on public.customers
  for each row when (new.updated_at is not distinct from old.updated_at or current_setting('role') = 'authenticated')
  execute function private.touch_updated_at();

-- The owner's, and every admin's. Written so that reading one owner's rows costs what that owner
-- has and not what everybody has (see owners_i_see).
alter table public.customers enable row level security;
create policy read_own_customers on public.customers for select to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  );
create policy insert_own_customers on public.customers for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_customers on public.customers for update to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  )
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_customers on public.customers for delete to authenticated
  using (
    user_id = any ((select private.owners_i_see())::uuid[])
    or (user_id is null and (select private.is_admin()))
  );
-- created_at is not theirs to write. Frontends send updated_at, and touch_updated_at sets it anyway.
grant select, delete on public.customers to authenticated;
grant insert (id, user_id, phone, first_name, last_name, email, state, status, tags, attributes)
  on public.customers to authenticated;
grant update (id, user_id, phone, first_name, last_name, email, state, status, tags, attributes, updated_at)
  on public.customers to authenticated;
grant select, insert, update, delete on public.customers to service_role;

-- Which request of an account came with which Idempotency-Key, and what it made: a customer, an answer in a conversation or a
-- test. No triggers. Kept for at least 24 hours.
create table private.idempotency_keys (
  user_id uuid not null references public.user_profiles (id) on delete cascade,
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  made_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);
alter table private.idempotency_keys enable row level security;

-- What this request made when it came with this key within 24 hours. Null the first time, and then `makes` is what the next
-- one is told. Two at once wait for each other. Side effects: a row in private.idempotency_keys, and expired ones
-- of the account are deleted. Raises PT422 `idempotency_key_reused` if the key came with another request.
create function private.made_before(account uuid, key text, request jsonb, makes uuid) returns uuid
language plpgsql volatile
set search_path = ''
as $$
declare
  hash constant bytea := sha256(convert_to(request::text, 'UTF8'));
  known private.idempotency_keys;
begin
  if key is null then
    return null;
  end if;
  delete from private.idempotency_keys k where k.user_id = account and k.created_at < now() - interval '24 hours';
  insert into private.idempotency_keys (user_id, key, request_hash, made_id)
  values (account, made_before.key, hash, makes)
  on conflict do nothing;
  if found then
    return null;
  end if;
  select * into known from private.idempotency_keys k where k.user_id = account and k.key = made_before.key;
  if known.request_hash <> hash then
    raise exception using errcode = 'PT422', message = 'idempotency_key_reused',
      detail = 'This Idempotency-Key came with another request.', hint = 'Use a new key for each new request.';
  end if;
  return known.made_id;
end
$$;

-- Creates a customer of the caller's. With a key, the same request within 24 hours creates nothing and
-- returns the same customer again. Side effects: a row in customers; see private.made_before.
-- Raises PT403 for a caller who is not approved, PT422 `idempotency_key_reused`, `phone_…` for what is no number, PT409 if
-- the key's customer was deleted, 23505 if the phone is taken, PT409 `phone_unavailable` if it is another account's, PT429
-- after too many of those.
create function public.create_customer(customer jsonb, idempotency_key text default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_profile_id();
  made_before uuid;
  made public.customers;
begin
  if me is null then
    raise exception using errcode = 'PT403', message = 'not_approved', detail = 'This account is not approved.';
  end if;
  made.id := private.uuid_v7();
  made_before := private.made_before(me, idempotency_key, customer, made.id);
  if made_before is not null then
    select * into made from public.customers c where c.id = made_before;
    if not found then
      raise exception using errcode = 'PT409', message = 'customer_deleted',
        detail = 'The customer that this key made has been deleted since.';
    end if;
    return row_to_json(made);
  end if;
  made.phone := private.checked_phone(customer ->> 'phone');
  perform private.refuse_unavailable_phone(made.phone, me);
  insert into public.customers (id, user_id, phone, first_name, last_name, email, state, status, tags, attributes)
  select made.id, me, made.phone, n.first_name, n.last_name, n.email, n.state,
    coalesce(n.status, 'active'), coalesce(n.tags, '{}'), coalesce(n.attributes, '{}')
  from jsonb_populate_record(null::public.customers, customer) n
  returning * into made;
  return row_to_json(made);
end
$$;
grant execute on function public.create_customer(jsonb, text) to authenticated;
