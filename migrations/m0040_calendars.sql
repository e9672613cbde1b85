-- Feeds: their addresses lie here as hashes only; what they tell is decided when they are read.
ALTER TABLE calendar_subscription ADD CONSTRAINT calendar_subscription_whose CHECK (CASE kind
    WHEN 'patient' THEN facility_id IS NULL AND practitioner_id IS NULL
    WHEN 'facility' THEN facility_id IS NOT NULL AND practitioner_id IS NULL
    WHEN 'practitioner' THEN facility_id IS NOT NULL AND practitioner_id IS NOT NULL
    ELSE false END);
CREATE UNIQUE INDEX calendar_subscription_once ON calendar_subscription
    (account_id, kind, coalesce(facility_id, account_id), coalesce(practitioner_id, account_id))
    WHERE revoked_at IS NULL;
CALL protect('calendar_subscription', 'account_id = actor_account()');
CALL restrict_writes('calendar_subscription', 'account_id = actor_account()', 'account_id = actor_account()');
