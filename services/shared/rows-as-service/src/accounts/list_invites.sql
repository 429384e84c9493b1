-- Invitations with their uses, newest first. $1: only usable or only unusable ones, null for all.
select
  i.id, i.code, i.created_by, i.expires_at, i.max_uses, i.email, i.notes,
  i.created_at as "created_at!", i.revoked_at,
  u.uses as "uses!", private.invite_mail_state(i.id) as mail_state,
  coalesce(i.expires_at <= now(), false) as "expired!",
  count(*) over () as "total!"
from public.invite_codes i
cross join lateral (
  select count(*) as uses from public.invite_redemptions r where r.invite_code_id = i.id
) u
where $1::boolean is null
  or $1 = (
    i.revoked_at is null
    and coalesce(i.expires_at > now(), true)
    and coalesce(u.uses < i.max_uses, true)
  )
order by i.created_at desc, i.id
limit $2 offset $3
