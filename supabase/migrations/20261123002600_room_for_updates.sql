-- Every message is updated at least three times: claimed, recorded, delivered. Pages that are half
-- empty keep those row versions on their page (heap-only), so that most of them touch no index.
alter table public.campaign_messages set (fillfactor = 50);
