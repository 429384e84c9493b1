-- The eight tables of the specification, column by column.

create table public.user_profiles (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id) on delete cascade,
  role text default 'user' check (role in ('admin', 'user')),
  status text default 'pending' check (status in ('pending', 'approved', 'rejected')),
  invited_by uuid references public.user_profiles (id),
  invite_code text unique,
  invited_at timestamp with time zone,
  approved_at timestamp with time zone,
  last_login_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);

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
  updated_at timestamp with time zone default now()
);

create table public.campaigns (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  name text not null,
  message_body text,
  status text default 'draft' check (status in ('draft', 'scheduled', 'sending', 'sent', 'failed')),
  total_recipients integer default 0,
  sent_count integer default 0,
  delivered_count integer default 0,
  failed_count integer default 0,
  scheduled_at timestamp with time zone,
  sent_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);

create table public.campaign_messages (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid references public.campaigns (id) on delete cascade,
  customer_id uuid references public.customers (id) on delete cascade,
  phone_number text,
  message_body text,
  status text default 'pending' check (status in ('pending', 'sent', 'delivered', 'failed')),
  twilio_sid text,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  error_message text,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);

create table public.campaign_templates (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  name text not null,
  message_body text,
  category text default 'general' check (category in ('general', 'marketing', 'reminders', 'alerts', 'announcements')),
  is_default boolean default false,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);

create table public.invite_codes (
  id uuid primary key default gen_random_uuid(),
  code text unique not null,
  created_by uuid references public.user_profiles (id),
  expires_at timestamp with time zone,
  max_uses integer default 1,
  email text,
  notes text,
  created_at timestamp with time zone default now()
);

create table public.password_reset_tokens (
  id uuid primary key default gen_random_uuid(),
  token text unique not null,
  user_id uuid references public.user_profiles (id) on delete cascade,
  email text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone default now(),
  used_at timestamp with time zone,
  is_used boolean default false,
  created_by uuid references public.user_profiles (id),
  reset_type text default 'user' check (reset_type in ('user', 'admin')),
  notes text
);

create table public.admin_password_resets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  admin_id uuid references public.user_profiles (id) on delete cascade,
  reset_token_id uuid references public.password_reset_tokens (id) on delete cascade,
  reason text,
  created_at timestamp with time zone default now(),
  completed_at timestamp with time zone,
  status text default 'pending' check (status in ('pending', 'completed', 'expired', 'cancelled'))
);

-- Foreign keys, and the lists that people page through.
create unique index user_profiles_user_id_key on public.user_profiles (user_id);
create index user_profiles_invited_by_idx on public.user_profiles (invited_by) where invited_by is not null;
create index customers_user_id_created_at_idx on public.customers (user_id, created_at desc, id);
create index campaigns_user_id_created_at_idx on public.campaigns (user_id, created_at desc, id);
create index campaign_messages_campaign_id_idx on public.campaign_messages (campaign_id);
create index campaign_messages_customer_id_idx on public.campaign_messages (customer_id);
create unique index campaign_messages_twilio_sid_key on public.campaign_messages (twilio_sid) where twilio_sid is not null;
create index campaign_templates_user_id_name_idx on public.campaign_templates (user_id, name);
create index invite_codes_created_by_idx on public.invite_codes (created_by);
create index password_reset_tokens_user_id_idx on public.password_reset_tokens (user_id);
create index password_reset_tokens_created_by_idx on public.password_reset_tokens (created_by) where created_by is not null;
create index admin_password_resets_user_id_idx on public.admin_password_resets (user_id);
create index admin_password_resets_admin_id_idx on public.admin_password_resets (admin_id);
create index admin_password_resets_reset_token_id_idx on public.admin_password_resets (reset_token_id);

-- `when` keeps an update that says the time itself, such as a restored row, as it is.
create trigger touch_updated_at before update on public.user_profiles
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();
create trigger touch_updated_at before update on public.customers
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();
create trigger touch_updated_at before update on public.campaigns
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();
create trigger touch_updated_at before update on public.campaign_messages
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();
create trigger touch_updated_at before update on public.campaign_templates
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();
