-- What accounts were told: once for each event, seen by nobody but their holder.
ALTER TABLE notice
    ADD CONSTRAINT notice_once UNIQUE (account_id, key),
    ADD CONSTRAINT notice_kind
        CHECK (kind IN ('booking', 'saved_search', 'task', 'webhook_disabled')),
    ADD CONSTRAINT notice_topic CHECK (topic IN ('bookings', 'referrals', 'search')),
    ADD CONSTRAINT notice_params CHECK (jsonb_typeof(params) = 'object');
CREATE INDEX notice_by_account ON notice (account_id, id);
CREATE INDEX notice_unread ON notice (account_id) WHERE read_at IS NULL;
CREATE INDEX notice_age ON notice (created_at);
CALL protect('notice', 'account_id = actor_account()');
CALL restrict_writes('notice', 'false', 'account_id = actor_account()');

ALTER TABLE notice_preference ADD CONSTRAINT notice_preference_topics
    CHECK (unmailed <@ ARRAY['bookings', 'referrals', 'search']);
CALL protect('notice_preference', 'account_id = actor_account()');
CALL restrict_writes('notice_preference',
    'account_id = actor_account()', 'account_id = actor_account()');
