-- Limits that bound the harm of a mistake or of a stolen password: how much an account sends in a day, what that may
-- cost, and to which countries. Launches keep to them (private.recipients, private.launch_campaign) and previews show
-- them. The owner reads their own, admins set them (public.set_account_limits), nobody writes the tables by an API.
--
-- Without a word from an operator or an admin there is no limit on messages, segments or cost and no ramp-up; only
-- countries are limited from the start: to the one that the default sender's number is from.

-- What applies to every account without a value of its own. Only operators write this row. No triggers.
create table private.default_limits (
  only_row boolean primary key default true check (only_row),
  messages_per_day integer check (messages_per_day >= 0),
  segments_per_day integer check (segments_per_day >= 0),
  cost_per_day numeric check (cost_per_day >= 0),
  price_per_segment numeric not null default 0.0125 check (price_per_segment >= 0),
  countries text[] check (
    cardinality(countries) <= 300 and array_position(countries, null) is null
    and array_to_string(countries, ',') ~ '^[A-Z]{2}(,[A-Z]{2})*$'
  ),
  ramp_up boolean not null default false
);
alter table private.default_limits enable row level security;
comment on column private.default_limits.messages_per_day is 'messages launched in one day of UTC; null: unlimited, as for segments and cost';
comment on column private.default_limits.cost_per_day is 'in the currency of price_per_segment';
comment on column private.default_limits.price_per_segment is
  'what one segment costs. The default is an estimate in US dollars, Twilio''s price in the US and the carriers'' fees: set what you pay. It is one price for all countries';
comment on column private.default_limits.countries is 'ISO codes of where texts may go; null: where the default sender''s number is from';
comment on column private.default_limits.ramp_up is 'whether private.ramp_up_steps apply';
insert into private.default_limits default values;
grant select, update on private.default_limits to service_role;

-- One account's own values; null: those of private.default_limits. A number as large as you like lifts a limit.
-- No triggers.
create table private.account_limits (
  user_id uuid primary key references public.user_profiles (id) on delete cascade,
  messages_per_day integer check (messages_per_day >= 0),
  segments_per_day integer check (segments_per_day >= 0),
  cost_per_day numeric check (cost_per_day >= 0),
  price_per_segment numeric check (price_per_segment >= 0),
  countries text[] check (
    cardinality(countries) <= 300 and array_position(countries, null) is null
    and array_to_string(countries, ',') ~ '^[A-Z]{2}(,[A-Z]{2})*$'
  ),
  ramp_up boolean,
  changed_at timestamp with time zone not null default now(),
  changed_by uuid references public.user_profiles (id) on delete set null
);
alter table private.account_limits enable row level security;
comment on column private.account_limits.changed_by is 'the admin; null: a service';
create index account_limits_changed_by_idx on private.account_limits (changed_by) where changed_by is not null;
grant select, insert, update, delete on private.account_limits to service_role;

-- What new accounts may send in a day, by whole days since their approval: the last step reached applies, besides
-- messages_per_day. No triggers.
create table private.ramp_up_steps (
  from_day integer primary key check (from_day >= 0),
  messages_per_day integer check (messages_per_day >= 0)
);
alter table private.ramp_up_steps enable row level security;
comment on column private.ramp_up_steps.messages_per_day is 'null: from this day on as many as the other limits allow';
insert into private.ramp_up_steps values (0, 250), (3, 1000), (7, 5000), (14, 20000), (30, null);
grant select, insert, update, delete on private.ramp_up_steps to service_role;

-- Which country a number outside country code 1 is in, by the three digits after the plus. For country code 1
-- private.area_codes says it. Codes that several countries share stand for the largest of them; those of no
-- country (satellites, networks, freephone) are absent, and such numbers are never texted. No triggers.
create table private.calling_codes (
  first_digits text primary key check (first_digits ~ '^[2-9][0-9]{2}$'),
  country text not null check (country ~ '^[A-Z]{2}$')
);
alter table private.calling_codes enable row level security;
grant select on private.calling_codes to service_role;

-- As the ITU assigns them, of one to three digits, a longer one before a shorter one that it starts with.
insert into private.calling_codes (first_digits, country)
select distinct on (first_digits) p.code || lpad(n::text, 3 - length(p.code), '0') as first_digits, p.country
from (
  select split_part(w.word, ':', 1) as code, split_part(w.word, ':', 2) as country
  from regexp_split_to_table(
    '7:RU 76:KZ 77:KZ
     20:EG 211:SS 212:MA 213:DZ 216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE 228:TG 229:BJ
     230:MU 231:LR 232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO 245:GW
     246:IO 247:SH 248:SC 249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG 262:RE
     263:ZW 264:NA 265:MW 266:LS 267:BW 268:SZ 269:KM 27:ZA 290:SH 291:ER 297:AW 298:FO 299:GL
     30:GR 31:NL 32:BE 33:FR 34:ES 350:GI 351:PT 352:LU 353:IE 354:IS 355:AL 356:MT 357:CY 358:FI 359:BG 36:HU 370:LT
     371:LV 372:EE 373:MD 374:AM 375:BY 376:AD 377:MC 378:SM 379:VA 380:UA 381:RS 382:ME 383:XK 385:HR 386:SI 387:BA
     389:MK 39:IT 40:RO 41:CH 420:CZ 421:SK 423:LI 43:AT 44:GB 45:DK 46:SE 47:NO 48:PL 49:DE
     500:FK 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO
     58:VE 590:GP 591:BO 592:GY 593:EC 594:GF 595:PY 596:MQ 597:SR 598:UY 599:CW
     60:MY 61:AU 62:ID 63:PH 64:NZ 65:SG 66:TH 670:TL 672:NF 673:BN 674:NR 675:PG 676:TO 677:SB 678:VU 679:FJ 680:PW
     681:WF 682:CK 683:NU 685:WS 686:KI 687:NC 688:TV 689:PF 690:TK 691:FM 692:MH
     81:JP 82:KR 84:VN 850:KP 852:HK 853:MO 855:KH 856:LA 86:CN 880:BD 886:TW
     90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 960:MV 961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE
     972:IL 973:BH 974:QA 975:BT 976:MN 977:NP 98:IR 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ',
    '\s+'
  ) w (word)
) p,
generate_series(0, (10 ^ (3 - length(p.code)))::integer - 1) n
order by first_digits, length(p.code) desc;
analyze private.calling_codes;

-- The country of a number: US for an area code that is unknown or no country's; null where it does not show, as in a
-- short code. What private.recipients does without calling this for each.
create function private.country_of(phone text) returns text
language sql stable
set search_path = ''
as $$
  select case
    when n.phone like '+1%' then coalesce(
      (select nullif(a.country, 'NANP') from private.area_codes a where a.area_code = substr(n.phone, 3, 3)), 'US'
    )
    when n.phone like '+%' then (select k.country from private.calling_codes k where k.first_digits = substr(n.phone, 2, 3))
  end
  from (values (country_of.phone)) n (phone)
$$;

-- The country of a sender's number. US where it does not show: a short code, a messaging service, no sender yet.
create function private.country_of_sender(phone_number text) returns text
language sql stable
set search_path = ''
as $$
  select coalesce(private.country_of(country_of_sender.phone_number), 'US')
$$;

-- The limits that are in force for an account at a moment. `countries` null: where the default sender's number is from.
create function private.limits_of(user_id uuid, at timestamp with time zone)
returns table (
  messages_per_day integer, segments_per_day integer, cost_per_day numeric, price_per_segment numeric, countries text[]
)
language sql stable security definer
set search_path = ''
rows 1
as $$
  select least(coalesce(a.messages_per_day, d.messages_per_day), r.messages_per_day),
    coalesce(a.segments_per_day, d.segments_per_day), coalesce(a.cost_per_day, d.cost_per_day),
    coalesce(a.price_per_segment, d.price_per_segment), coalesce(a.countries, d.countries)
  from private.default_limits d
  left join private.account_limits a on a.user_id = limits_of.user_id
  left join lateral (
    select s.messages_per_day
    from public.user_profiles p
    join private.ramp_up_steps s on s.from_day * interval '24 hours' <= limits_of.at - coalesce(p.approved_at, p.created_at)
    where p.id = limits_of.user_id and coalesce(a.ramp_up, d.ramp_up)
    order by s.from_day desc
    limit 1
  ) r on true
$$;

-- Why these limits can't be set, in words; null where they can.
create function private.limits_problem(limits jsonb) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  name text;
  value jsonb;
  unknown text;
begin
  if jsonb_typeof(limits) is distinct from 'object' then
    return 'Limits are a JSON object.';
  end if;
  for name, value in select * from jsonb_each(limits) loop
    if name not in ('messages_per_day', 'segments_per_day', 'cost_per_day', 'price_per_segment', 'countries', 'ramp_up') then
      return format('There is no limit %s: there are messages_per_day, segments_per_day, cost_per_day, price_per_segment, countries and ramp_up.', name);
    end if;
    continue when value = 'null';
    if name in ('messages_per_day', 'segments_per_day') then
      if value::text !~ '^[0-9]{1,10}$' or value::text::bigint > 2147483647 then
        return format('%s is a whole number from 0 to 2147483647, or null for the default.', name);
      end if;
    elsif name in ('cost_per_day', 'price_per_segment') then
      if jsonb_typeof(value) <> 'number' or value::numeric not between 0 and 1e12 then
        return format('%s is a number from 0 to 10^12, or null for the default.', name);
      end if;
    elsif name = 'ramp_up' then
      if jsonb_typeof(value) <> 'boolean' then
        return 'ramp_up is true, false, or null for the default.';
      end if;
    else
      if jsonb_typeof(value) <> 'array' or jsonb_array_length(value) not between 1 and 300 then
        return 'countries is a list of country codes such as ["US", "CA"], or null for the country of the sender''s number.';
      end if;
      select c.country into unknown from jsonb_array_elements(value) e (element), lateral (select e.element #>> '{}') c (country)
      where c.country is null or c.country = 'NANP' or not exists (
        select from private.area_codes a where a.country = c.country
        union all
        select from private.calling_codes k where k.country = c.country
      )
      limit 1;
      if found then
        return format('%s is no country code (ISO 3166, two capital letters).', coalesce(unknown, 'null'));
      end if;
    end if;
  end loop;
  return null;
end
$$;
