-- One user, in the shape of the list.
select
  p.id as "id!", p.user_id, p.email, p.role as "role!", p.status as "status!",
  p.invited_by, p.invite_code, p.invited_at, p.approved_at, p.last_login_at,
  p.created_at as "created_at!", p.updated_at as "updated_at!",
  p.customer_count as "customer_count!", p.campaign_count as "campaign_count!"
from private.users p
where p.id = $1
