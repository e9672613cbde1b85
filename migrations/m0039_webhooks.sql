-- Webhooks of facilities' organisations. Their rows name bookings by number, and no patient.
ALTER TABLE webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_disabled CHECK (
        (disabled_at IS NULL) = (disabled_reason IS NULL)
        AND disabled_reason IN ('by_administrator', 'failing', 'gone')),
    ADD CONSTRAINT webhook_endpoint_former
        CHECK ((former_secret_sealed IS NULL) = (former_until IS NULL));
CREATE UNIQUE INDEX webhook_endpoint_once ON webhook_endpoint (organisation_id, url)
    WHERE removed_at IS NULL;
CALL protect('webhook_endpoint',
    'organisation_id = actor_organisation() OR actor_role() = ''operator''');
CALL restrict_writes('webhook_endpoint',
    'organisation_id = actor_organisation() OR actor_role() = ''operator''',
    'organisation_id = actor_organisation() OR actor_role() = ''operator''');

ALTER TABLE webhook_delivery
    -- An event told twice is queued once.
    ADD CONSTRAINT webhook_delivery_once UNIQUE (endpoint_id, booking_id, booking_version, news),
    ADD CONSTRAINT webhook_delivery_tried
        CHECK (last_at IS NOT NULL OR (last_status IS NULL AND last_error IS NULL));
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_delivery_by_endpoint ON webhook_delivery (endpoint_id, id);
CREATE INDEX webhook_delivery_age ON webhook_delivery (created_at);
CALL protect('webhook_delivery',
    'organisation_id = actor_organisation() OR actor_role() = ''operator''');
CALL restrict_writes('webhook_delivery', 'false',
    'organisation_id = actor_organisation() OR actor_role() = ''operator''');
