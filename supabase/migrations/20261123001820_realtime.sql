-- What Realtime publishes to signed-in people, and what it doesn't. One place, because all of it goes through one stream:
-- Realtime reads every published change, in order, and asks for every subscriber whether row level security shows it.
--
-- Published, inserts and updates:
--   campaigns               A page that shows a campaign follows its status and its counters. One update for each group of
--                           outcomes or callbacks, however many messages they are about. Tests and answers are hidden.
--   customer_imports        One update a second while an import runs. Its end says that the list of customers has changed.
--   conversations,          One change for each text that a person or an owner writes.
--   conversation_messages
-- Not published:
--   customers               An import writes a million rows at once; every other account's campaigns and conversations would
--                           wait behind them. Who changes a customer has the answer; who imports follows customer_imports.
--   campaign_messages,      A launch writes a row for each recipient, and sending changes each at least twice. What a page
--   campaign_skips,         shows live are the campaign's counters; it reads single messages when somebody looks at them.
--   customer_import_rejects
--   user_profiles, invite_codes, invite_redemptions, password_reset_tokens, admin_password_resets, campaign_templates,
--   phone_lookups           Changed by hand, rarely, and nobody waits for them.
--
-- Deletions and truncations of no table: what they carry, the ids of deleted rows, goes to every subscriber of every
-- account, since row level security can't be asked about a row that is gone. Who deletes knows it; others see it when
-- they next read. This holds for whatever is added to the publication, also by hand.
alter publication supabase_realtime set (publish = 'insert, update');
alter publication supabase_realtime add table
  public.campaigns, public.customer_imports, public.conversations, public.conversation_messages;
