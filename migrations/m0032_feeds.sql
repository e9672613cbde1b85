-- Other calendars that say when a resource is busy. Their addresses open them, so they are sealed.
ALTER TABLE calendar_feed
    ADD FOREIGN KEY (organisation_id) REFERENCES organisation (id) ON DELETE RESTRICT,
    ADD CONSTRAINT calendar_feed_error CHECK ((last_error IS NULL) = (failures = 0));
CREATE INDEX calendar_feed_by_pool ON calendar_feed (pool_id);
CREATE INDEX calendar_feed_by_resource ON calendar_feed (resource_id);
CREATE INDEX calendar_feed_due ON calendar_feed (next_sync_at);

-- What a feed said last. It stands outside the constraint over reservations, since calendars may
-- contradict what was sold already: whoever takes time asks it under the lock.
ALTER TABLE imported_busy ADD CONSTRAINT imported_busy_order CHECK (ends_at > starts_at);
CREATE INDEX imported_busy_by_feed ON imported_busy (feed_id);
CREATE INDEX imported_busy_within ON imported_busy USING gist (
    resource_id, tstzrange(starts_at, ends_at));
