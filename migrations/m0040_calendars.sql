-- Feeds: their addresses lie here as hashes only; what they tell is decided when they are read.
ALTER TABLE calendar_feed ADD CONSTRAINT calendar_feed_whose CHECK (CASE kind
    WHEN 'patient' THEN facility_id IS NULL AND practitioner_id IS NULL
    WHEN 'facility' THEN facility_id IS NOT NULL AND practitioner_id IS NULL
    WHEN 'practitioner' THEN facility_id IS NOT NULL AND practitioner_id IS NOT NULL
    ELSE false END);
CREATE UNIQUE INDEX calendar_feed_once ON calendar_feed
    (account_id, kind, coalesce(facility_id, account_id), coalesce(practitioner_id, account_id))
    WHERE revoked_at IS NULL;
CALL protect('calendar_feed', 'account_id = actor_account()');
CALL restrict_writes('calendar_feed', 'account_id = actor_account()', 'account_id = actor_account()');
