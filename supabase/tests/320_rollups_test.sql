-- The analytics equal a recount, whatever happens to messages in whatever order, before and after the tallies are added up.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
\ir sending_helpers.psql
\ir analytics_helpers.psql

select pg_temp.make_owner('a', 60), pg_temp.make_owner('b', 40), pg_temp.make_owner('c', 0);
update public.customers c set state = (array['CA', 'NY', 'TX', null])[1 + right(c.phone, 1)::integer % 4];
create temp table happened (what text);

-- Records what became of all that was taken and has no outcome: sent, with one or two segments, or refused, or to be tried
-- again, at random.
create function pg_temp.record_some() returns void language plpgsql as $$
declare
  r record;
begin
  select array_agg(k.message_id) as ids, array_agg(k.claim_id) as claims, array_agg(k.outcome) as outcomes,
    array_agg(case k.outcome when 'sent' then 'SM' || md5(k.message_id::text || k.claim_id) end) as sids,
    array_agg(case k.outcome when 'failed' then (array['invalid_number', 'content_refused'])[k.kind] end) as reasons,
    array_agg(case k.outcome when 'failed' then (array[21211, null])[k.kind] end) as codes,
    array_agg(case k.outcome when 'failed' then 'No.' end) as texts, array_agg(null::text) as bodies,
    array_agg(k.kind::smallint) as segments, array_agg(false) as suppress, array_agg(interval '0') as again
  into r
  from (
    select t.message_id, max(t.claim_id) as claim_id, (array['sent', 'sent', 'sent', 'sent', 'failed', 'released'])[ceil(random() * 6)] as outcome,
      ceil(random() * 2)::integer as kind
    from taken t join public.campaign_messages m on m.id = t.message_id and m.status = 'pending'
    where exists (select from private.send_claims c where c.id = t.claim_id and m.position = any (c.positions))
    group by t.message_id
    order by t.message_id
    limit 20
  ) k;
  if r.ids is not null then
    perform private.record_outcomes(
      r.ids, r.claims, r.outcomes, r.sids, r.reasons, r.codes, r.texts, r.bodies, r.segments, r.suppress, r.again, '{}'
    );
    insert into happened values ('outcomes');
  end if;
end
$$;
-- Callbacks for some messages, also such as are not recorded as sent yet.
create function pg_temp.call_back_some() returns void language plpgsql as $$
declare
  r record;
begin
  select array_agg(k.id) as ids, array_agg(k.sid) as sids, array_agg(k.status) as statuses,
    array_agg(case k.status when 'failed' then (array['filtered', 'handset_off', 'undelivered'])[ceil(random() * 3)] end) as reasons,
    array_agg(case k.status when 'failed' then (array[30007, 30003, null])[ceil(random() * 3)] end) as codes
  into r
  from (
    select m.id, coalesce(m.twilio_sid, 'SM' || md5(m.id::text || max(t.claim_id))) as sid,
      (array['sent', 'delivered', 'delivered', 'failed'])[ceil(random() * 4)] as status
    from public.campaign_messages m join taken t on t.message_id = m.id
    where random() < 0.3
    group by m.id
    order by m.id
  ) k;
  if r.ids is not null then
    perform pg_temp.record_deliveries(
      r.ids, r.sids, r.statuses, r.reasons, r.codes, array_fill(null::text, array[cardinality(r.ids)]), array_fill(false, array[cardinality(r.ids)])
    );
    insert into happened values ('callbacks');
  end if;
end
$$;
-- One thing that may happen, each as often as it should (by the golden ratio), to what chance picks.
create function pg_temp.something(step integer) returns void language plpgsql as $$
declare
  what constant numeric := (step * 0.6180339887) % 1;
  who constant text := (array['a', 'b'])[ceil(random() * 2)];
  a_campaign constant uuid := (
    select c.id from public.campaigns c where c.launched_at is not null and c.test_of is null order by random() limit 1
  );
begin
  if what < 0.05 then
    perform pg_temp.launch(who, step);
    insert into happened values ('launch');
  elsif what < 0.3 then
    perform pg_temp.take(ceil(random() * 30)::integer);
  elsif what < 0.5 then
    perform pg_temp.record_some();
  elsif what < 0.72 then
    perform pg_temp.call_back_some();
  elsif what < 0.79 then
    perform pg_temp.pass(make_interval(mins => (random() * 20)::integer));
  elsif what < 0.84 then
    delete from public.customers c where c.id in (
      select k.id from public.customers k where k.user_id = pg_temp.owner(who) order by random() limit 1
    );
    insert into happened values ('customer deleted');
  elsif what < 0.87 then
    perform public.retry_failed_messages(a_campaign);
    insert into happened values ('retry');
  elsif what < 0.90 then
    -- As an operator by hand.
    update public.campaign_messages m set status = 'failed', reason = 'refused', error_code = 21610, segments = 3
    where m.campaign_id = a_campaign and m.status = 'pending' and random() < 0.2;
    insert into happened values ('by hand');
  elsif what < 0.92 then
    perform public.cancel_campaign(a_campaign);
    perform private.keep_campaigns_moving('0');
    insert into happened values ('cancel');
  elsif what < 0.935 then
    delete from public.campaigns c where c.id = a_campaign;
    insert into happened values ('campaign deleted');
  elsif what < 0.95 then
    perform private.take_doubts(5, '1 second', '1 day');
  else
    perform private.roll_up_messages(case when random() < 0.5 then 3 else 20000 end);
    insert into happened values ('roll-up');
  end if;
exception when sqlstate 'PT409' or sqlstate 'PT422' then
  null;
end
$$;

select setseed(0.13);
select pg_temp.launch('a', 9001), pg_temp.launch('b', 9002);
do $$
begin
  for step in 1..300 loop
    perform pg_temp.something(step);
    if step % 30 = 0 then
      insert into happened select 'WRONG after ' || step || ': ' || d.what || e'\n  told    ' || d.told || e'\n  counted ' || d.counted from pg_temp.differing() d limit 1;
    end if;
  end loop;
end
$$;
select is_empty($$ select what from happened where what like 'WRONG%' $$, 'at every time the analytics equal a recount');
select is(
  (select count(distinct what) from happened where what not like 'WRONG%'), 9::bigint, 'and all that may happen has happened'
);
select ok((select count(*) > 100 from counted where sent_at is not null), 'many were sent');
select ok((select count(*) > 30 from counted where status = 'delivered'), 'and delivered');
do $$
begin
  while private.roll_up_messages(50) loop null; end loop;
end
$$;
select is_empty($$ select * from private.message_tallies $$, 'all tallies can be added up');
select is_empty($$ select * from private.account_tallies $$, 'the accounts'' as well');
select is_empty($$ select * from pg_temp.differing() $$, 'afterwards the figures are the same');

-- What a campaign sent goes on counting for its account when it is deleted, added up or not.
select pg_temp.launch('a', 9003);
select pg_temp.take_all(), pg_temp.record_some(), pg_temp.call_back_some();
create temp table before as select pg_temp.told_of_account(pg_temp.owner('a')) as told;
delete from public.campaigns c where c.user_id = pg_temp.owner('a');
select is(pg_temp.told_of_account(pg_temp.owner('a')), (select told from before), 'deleting campaigns takes nothing from an account');
select is(pg_temp.recount_of_account(pg_temp.owner('a')), (select told from before), 'nor from a recount');
select private.roll_up_messages();
select is(pg_temp.told_of_account(pg_temp.owner('a')), (select told from before), 'also once they are added up');
select is_empty(
  $$ select m.campaign_id from private.campaign_minutes m where m.campaign_id not in (select id from public.campaigns)
     union all select m.campaign_id from private.campaign_outcomes m where m.campaign_id not in (select id from public.campaigns)
     union all select m.campaign_id from private.campaign_states m where m.campaign_id not in (select id from public.campaigns) $$,
  'a campaign''s sums go with it'
);

-- What is handed over takes its figures along.
select pg_temp.launch('b', 9004);
select pg_temp.take_all(), pg_temp.record_some();
create temp table of_both as
  select private.roll_up_messages(1), pg_temp.told_of_account(pg_temp.owner('b')) as told;
select private.hand_over_account(pg_temp.owner('b'), pg_temp.owner('c'));
select is(pg_temp.told_of_account(pg_temp.owner('c')), (select told from of_both), 'the new owner has the figures');
select is(pg_temp.told_of_account(pg_temp.owner('b')), '{}', 'and the old one has none');
select private.roll_up_messages();
select is(pg_temp.told_of_account(pg_temp.owner('c')), (select told from of_both), 'also once they are added up');

-- The list: whoever comes and goes, by any door but an import's own.
create function pg_temp.list_of(who text) returns bigint[] language sql stable as $$
  select array[sum(f.customers_added), sum(f.customers_removed)]::bigint[] from private.account_figures(pg_temp.owner(who), '-infinity', 'infinity') f
$$;
select is((pg_temp.list_of('a'))[1] - (pg_temp.list_of('a'))[2], (select count(*) from public.customers where user_id = pg_temp.owner('a')), 'the list has grown to what it is');
insert into public.customers (user_id, phone) values (pg_temp.owner('a'), '+14155559001'), (pg_temp.owner('a'), '+14155559002');
delete from public.customers where phone = '+14155559002';
select private.roll_up_messages();
select is((pg_temp.list_of('a'))[1] - (pg_temp.list_of('a'))[2], (select count(*) from public.customers where user_id = pg_temp.owner('a')), 'and follows');

select * from finish();
rollback;
