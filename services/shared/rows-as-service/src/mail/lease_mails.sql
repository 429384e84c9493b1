-- Leases due mails to one worker. Side effects: leased_until, attempts and first_attempt_at are
-- set; rows that another worker is just leasing are skipped.
with due as (
  select m.id, m.first_attempt_at from private.mails m
  where m.state = 'queued'
    and m.due_at <= now()
    and (m.leased_until is null or m.leased_until <= now())
    and not exists (select from private.mail_pause p where p.paused_until > now())
  order by m.due_at, m.id
  limit $1
  for update skip locked
), leased as (
  update private.mails m
  set leased_until = now() + make_interval(secs => $2),
    attempts = m.attempts + 1,
    first_attempt_at = coalesce(m.first_attempt_at, now())
  from due d
  where m.id = d.id
  returning m.id, m.kind, m.recipient, m.contents, m.attempts, d.first_attempt_at as in_doubt_since, m.created_at
)
select
  l.id, l.kind, l.recipient, l.contents, l.attempts, l.created_at,
  l.in_doubt_since,
  -- Resend keeps keys for 24 hours; the hour is for clocks that differ.
  coalesce(l.in_doubt_since < now() - interval '23 hours', false) as "too_late!",
  exists (select from private.mail_suppressions s where s.address = lower(l.recipient)) as "suppressed!"
from leased l
order by l.id
