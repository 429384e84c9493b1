-- What pauses a campaign by itself, which texts and audiences are refused.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql

select pg_temp.make_owner('a', 200);
create function pg_temp.failing(n integer, from_customer integer, to_customer integer, reason text) returns uuid[] language sql as $$
  select pg_temp.record(array(select pg_temp.message('a', n, c) from generate_series(from_customer, to_customer) c), 'failed', reason, false)
$$;
create function pg_temp.sending(n integer, from_customer integer, to_customer integer) returns uuid[] language sql as $$
  select pg_temp.record(array(select pg_temp.message('a', n, c) from generate_series(from_customer, to_customer) c), 'sent', null, false)
$$;
create function pg_temp.state(n integer) returns text language sql as $$
  select concat_ws(' ', status, pause_reason) from public.campaigns where id = pg_temp.id('a', n)
$$;

-- By each reason. `failures` of 61 are one too many; one less pauses nothing.
create temp table reasons (n integer, reason text, failures integer, pause_reason text);
insert into reasons values
  (1, 'landline', 19, 'many_failures'), (2, 'filtered', 7, 'carriers_filter'),
  (3, 'sender_unregistered', 4, 'sender_unregistered'), (4, 'opted_out', 4, 'many_opt_outs');
select pg_temp.launch('a', n) from reasons;
select pg_temp.take_all();
select pg_temp.sending(n, failures + 1, 61) from reasons;
select pg_temp.failing(n, 1, failures - 1, reason) from reasons;
select is(pg_temp.state(n), 'sending', format('as many failures as the limit allows pause nothing: %s', reason)) from reasons;
select pg_temp.failing(n, failures, failures, reason) from reasons;
select is(pg_temp.state(n), 'paused ' || pause_reason, format('one more pauses: %s', reason)) from reasons;
select ok((select paused_at is not null from public.campaigns where id = pg_temp.id('a', n)), 'with the time') from reasons;
select results_eq(
  $$ select m.recipient, m.contents ->> 'reason', m.contents ->> 'name', (m.contents ->> 'failed_count')::integer
     from private.mails m where m.kind = 'campaign_paused' order by 3 $$,
  $$ select 'a@sending.test', r.pause_reason, 'a' || r.n, r.failures from reasons r order by 3 $$,
  'the owner gets one mail for each, with the reason'
);
select is(pg_temp.take(), 0, 'nothing more is taken of them');

-- Too few to judge.
select pg_temp.launch('a', 5);
select pg_temp.take_all();
select pg_temp.failing(5, 1, 49, 'landline');
select is(pg_temp.state(5), 'sending', 'fewer than 50 pause nothing, whatever they are');
select pg_temp.failing(5, 50, 50, 'landline');
select is(pg_temp.state(5), 'paused many_failures', '50 do');

-- Resuming.
select public.resume_campaign(pg_temp.id('a', 5));
select is((select judged_before from public.campaigns where id = pg_temp.id('a', 5)),
  '{"judged": 50, "failed": 50, "filtered": 0, "unregistered": 0, "opted_out": 0}', 'a resume counts from there');
select pg_temp.failing(5, 51, 51, 'landline');
select is(pg_temp.state(5), 'sending', 'the next failure does not pause it at once');
select pg_temp.failing(5, 52, 99, 'landline');
select is(pg_temp.state(5), 'sending', 'nor do 49');
select pg_temp.failing(5, 100, 100, 'landline');
select is(pg_temp.state(5), 'paused many_failures', '50 new ones do');
select is((select count(*)::integer from private.mails where kind = 'campaign_paused' and contents ->> 'name' = 'a5'), 2, 'with a mail of their own');
select public.resume_campaign(pg_temp.id('a', 5));
select pg_temp.sending(5, 101, 199);
select pg_temp.failing(5, 200, 200, 'landline');
select is(pg_temp.state(5), 'sent', 'what ends is not paused');

-- Those who were never given to Twilio are no failures.
select pg_temp.launch('a', 6);
insert into private.suppressions (phone, reason, source) select pg_temp.phone('a', c), 'opted_out', 'stop' from generate_series(1, 120) c;
select pg_temp.take_all();
select is((select skipped_count from public.campaigns where id = pg_temp.id('a', 6)), 120, '120 are skipped');
select pg_temp.sending(6, 121, 190);
select pg_temp.failing(6, 191, 191, 'landline');
select is(pg_temp.state(6), 'sending', 'which pauses nothing');
select pg_temp.lift_all();

-- By callbacks, on messages that were sent.
select pg_temp.launch('a', 7);
select pg_temp.take_all();
select pg_temp.sending(7, 1, 199);
update public.campaign_messages m set status = 'failed', reason = 'filtered', error_code = 30007
  where m.id = any (array(select pg_temp.message('a', 7, c) from generate_series(1, 19) c));
select is(pg_temp.state(7), 'sending', '19 of 199 that carriers filtered after we sent them');
update public.campaign_messages m set status = 'failed', reason = 'filtered', error_code = 30007
  where m.id = any (array(select pg_temp.message('a', 7, c) from generate_series(20, 20) c));
select is(pg_temp.state(7), 'paused carriers_filter', '20 are too many');
update public.campaign_messages m set status = 'failed', reason = 'filtered', error_code = 30007
  where m.id = any (array(select pg_temp.message('a', 7, c) from generate_series(21, 30) c));
select is((select count(*)::integer from private.mails where kind = 'campaign_paused' and contents ->> 'name' = 'a7'), 1, 'more of them are no news');
select public.resume_campaign(pg_temp.id('a', 7));
update public.campaign_messages m set status = 'failed', reason = 'filtered', error_code = 30007
  where m.id = any (array(select pg_temp.message('a', 7, c) from generate_series(31, 40) c));
select is(pg_temp.state(7), 'sending', 'late callbacks of what was sent before the resume do not pause it again');
select pg_temp.sending(7, 200, 200);
select is(pg_temp.state(7), 'sent', 'a campaign ends');
update public.campaign_messages m set status = 'failed', reason = 'filtered', error_code = 30007
  where m.id = any (array(select pg_temp.message('a', 7, c) from generate_series(41, 199) c));
select is(pg_temp.state(7), 'sent', 'and callbacks after its end pause nothing');

-- An owner's pause is no news to them, and stays what it is.
select pg_temp.launch('a', 8);
select pg_temp.take_all();
select public.pause_campaign(pg_temp.id('a', 8));
select pg_temp.failing(8, 1, 60, 'landline');
select is(pg_temp.state(8), 'paused admin', 'failures do not change who paused');
select is((select count(*)::integer from private.mails where kind = 'campaign_paused' and contents ->> 'name' = 'a8'), 0, 'and send no mail');
select public.resume_campaign(pg_temp.id('a', 8));
select is(pg_temp.state(8), 'sending', 'whoever resumes knows of them');

-- Paused by itself, ended by its last outcome.
select pg_temp.sending(1, 62, 200);
select is(pg_temp.state(1), 'sent many_failures', 'a paused campaign ends when everything is known');
-- Other limits.
update private.breaker_limits set least_messages = 5, failed_ratio = 0.9, opted_out_ratio = 1;
select pg_temp.launch('a', 9);
select pg_temp.take_all();
select pg_temp.failing(9, 1, 4, 'landline');
select is(pg_temp.state(9), 'sending', 'the limits are the operators''');
select pg_temp.failing(9, 5, 5, 'landline');
select is(pg_temp.state(9), 'paused many_failures', 'and count at once');
select is(pg_temp.wrong_counters(), 0::bigint, 'counters equal the rows');

-- Texts.
create temp table texts (body text, problem text);
insert into texts values
  -- These have broken campaigns.
  ('Hi {{ firstName }}!', 'no merge field'),
  ('Hi {{ first_name | default: "there" }}!', 'no merge field'),
  ('Use {#SAVE20 today', 'does not end'),
  ('Hi {{ first_name | default(“there”) }}', 'no merge field'),
  -- And these would.
  ('Hi {{ first_name', 'does not end'),
  ('Hi {% if first_name %}you', 'without an endif'),
  ('{% if a %}x{% endif %}', 'no condition'),
  ('{% for x in y %}{% endfor %}', 'no condition'),
  ('{% endif %}', 'without an if'),
  ('{% else %}{% endif %}', 'no if before'),
  ('{% if first_name %}a{% else %}b{% else %}c{% endif %}', 'no if before'),
  ('{% if first_name %}a{% else %}b{% elif state %}c{% endif %}', 'no if before'),
  ('Hi {{ first_name | nope }}', 'no merge field'),
  ('Hi {{ first_name | default("a\") }}', 'no merge field'),
  ('Hi {{ first_name.x }}', 'no merge field'),
  ('Hi {{ attributes }}', 'no merge field'),
  ('Hi {{ }}', 'no merge field'),
  (E' \n\t', 'no text'),
  ('', 'no text'),
  (null, 'no text'),
  (repeat('x', 1601), '1,600'),
  ('{{ first_name }}' || repeat('x', 8000), '8,000'),
  ('{{ first_name }}' || repeat('é', 4000), '8,000'),
  -- Good ones.
  ('Hello', null),
  (repeat('x', 1600), null),
  ('50 % off, {today} only: }} # {1}', null),
  ('Hi {{ first_name }}!', null),
  ('Hi {{first_name}}{{last_name}}', null),
  ('Hi {{- first_name -}} !', null),
  ('Hi {{ first_name | default("there") }}', null),
  ('Hi {{ first_name|title|default(''you'') }}', null),
  ('Hi {{ first_name | d("") | upper | lower | trim | capitalize }}', null),
  (E'Hi {{\n  first_name\n}}', null),
  ('{{ email }} {{ phone }} {{ state }} {{ attributes.plan }}', null),
  ('{{ "literal" }}', null),
  ('{% if first_name %}Hi {{ first_name }}{% else %}Hi{% endif %}', null),
  ('{% if state == "CA" %}a{% elif state != ''NY'' and first_name %}b{% else %}c{% endif %}', null),
  ('{% if not first_name %}a{% if last_name %}b{% else %}c{% endif %}{% else %}d{% endif %}', null),
  ('{%- if attributes.plan == "gold" or state -%}x{%- endif -%}', null),
  ('{# a note #}Hello', null);
select ok(
  case when problem is null then private.text_problem(body) is null else private.text_problem(body) like '%' || problem || '%' end,
  format('%s: %s', coalesce(problem, 'fine'), coalesce(translate(left(body, 60), E'\n\t', '  '), 'null'))
) from texts;

-- Audiences, as a person's direct insert.
do $$
begin
  perform set_config('request.jwt.claims', '{"sub":"a0000000-0000-4000-8000-000000000240","role":"authenticated"}', true);
end
$$;
set local role authenticated;
select throws_ok(format($$ insert into public.campaigns (name, audience) values ('x', %L) $$, a), '23514', null, 'no audience: ' || a)
  from unnest(array[
    'null', '[]', '"CA"', '{"states": []}', '{"states": null}', '{"states": [null]}', '{"states": ["CA", null]}', '{"states": [["CA"]]}',
    '{"states": ["California"]}', '{"tags": []}', '{"tags": null}', '{"tags": [null]}', '{"tags": "vip"}', '{"tags": [1]}',
    '{"customer_ids": []}', '{"customer_ids": null}', '{"customer_ids": [null]}', '{"customer_ids": ["x"]}',
    '{"attributes": {}}', '{"attributes": null}', '{"attributes": []}', '{"attributes": "gold"}',
    '{"status": null}', '{"status": ""}', '{"status": []}', '{"unknown": 1}', '{"states": ["CA"], "state": ["NY"]}', '{"": []}'
  ]) a;
select lives_ok(format($$ insert into public.campaigns (name, audience) values ('y', %L) $$, a), 'an audience: ' || coalesce(a, 'null'))
  from unnest(array[
    null, '{}', '{"states": ["CA", "NY"]}', '{"tags": ["vip"]}', '{"attributes": {"plan": "gold"}}', '{"status": "active"}',
    '{"customer_ids": ["a3000000-0000-4000-8000-000000000001"], "states": ["CA"], "tags": ["x"]}'
  ]) a;
select throws_ok($$ update public.campaigns set audience = '{"tags": []}' where name = 'y' $$, '23514', null, 'nor is one changed to that');
reset role;

select * from finish();
rollback;
