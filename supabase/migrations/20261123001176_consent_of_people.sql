-- Consent as owners record it, through PostgREST, for one of their customers. What was recorded of a customer, and what was
-- sent, is shown by public.customer_consent.

-- A customer that the caller may see. Raises PT403 `not_approved`, PT404 `customer_not_found`.
create function private.customer_of_caller(customer_id uuid) returns public.customers
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
  customer public.customers;
begin
  select c.* into customer from public.customers c
  where c.id = customer_of_caller.customer_id and (c.user_id = me or private.is_admin());
  if not found then
    raise exception using errcode = 'PT404', message = 'customer_not_found', detail = 'There is no such customer.';
  end if;
  return customer;
end
$$;

-- Records what a customer has said to its owner: `action` is given or revoked; `evidence` an object of at most 4,000
-- characters, such as {"how": "signed form", "note": "…"}. A revocation also suppresses the number for the customer's
-- account, as `manual`. Consent that is given lifts no suppression. Returns {"has_consent", "may_text", "suppressed_for"}.
-- Side effects: rows in private.consent_events and private.suppressions; the customer becomes inactive. Raises PT403
-- `not_approved`; PT404 `customer_not_found`; PT422 `consent_action_invalid`, `consent_in_the_future`,
-- `consent_too_old` or `consent_evidence_invalid`.
create function public.record_customer_consent(
  customer_id uuid, action text, happened_at timestamp with time zone default null, evidence jsonb default null
) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me constant uuid := private.approved_caller();
  customer constant public.customers := private.customer_of_caller(record_customer_consent.customer_id);
  -- Without an owner it is the admin's, who alone sees it; never everybody's.
  account constant uuid := coalesce(customer.user_id, me);
begin
  if (action in ('given', 'revoked')) is not true then
    raise exception using errcode = 'PT422', message = 'consent_action_invalid',
      detail = 'Consent is given or revoked.';
  end if;
  if happened_at > clock_timestamp() + interval '1 minute' then
    raise exception using errcode = 'PT422', message = 'consent_in_the_future',
      detail = 'This time is in the future.', hint = 'Say when the customer gave or revoked it.';
  end if;
  -- Nobody was texted then: a slip of the pen, or `-infinity`, which would be kept for ever.
  if happened_at < timestamp with time zone '1990-01-01 00:00 UTC' then
    raise exception using errcode = 'PT422', message = 'consent_too_old',
      detail = 'This time is before 1990.', hint = 'Say when the customer gave or revoked it.';
  end if;
  if jsonb_typeof(evidence) <> 'object' or length(evidence::text) > 4000 then
    raise exception using errcode = 'PT422', message = 'consent_evidence_invalid',
      detail = 'The evidence is an object of at most 4,000 characters.';
  end if;
  perform private.record_consents(
    account, me, array[row(customer.phone, action, happened_at, 'person', evidence)::private.new_consent]
  );
  if action = 'revoked' then
    perform private.apply_these_suppressions(array[private.suppress(
      customer.phone, account, 'manual', 'person',
      jsonb_build_object('by', me, 'note', 'The customer revoked its consent.', 'happened_at', happened_at)
    )]);
  end if;
  return json_build_object(
    'has_consent', private.has_consent(customer.phone, account),
    'may_text', private.may_text(customer.phone, account),
    'suppressed_for', private.suppression_of(customer.phone, account)
  );
end
$$;
grant execute on function public.record_customer_consent(uuid, text, timestamp with time zone, jsonb) to authenticated;
