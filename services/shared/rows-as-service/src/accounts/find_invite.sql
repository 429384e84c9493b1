-- One invitation, in the shape of the list.
select
  i.id, i.code, i.created_by, i.expires_at, i.max_uses, i.email, i.notes,
  i.created_at as "created_at!", i.revoked_at,
  (select count(*) from public.invite_redemptions r where r.invite_code_id = i.id) as "uses!",
  private.invite_mail_state(i.id) as mail_state,
  coalesce(i.expires_at <= now(), false) as "expired!"
from public.invite_codes i
where i.id = $1
