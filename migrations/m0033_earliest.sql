-- A quote keeps time, too, and only until the clock ends it.
ALTER TABLE reservation
    DROP CONSTRAINT reservation_hold,
    ADD CONSTRAINT reservation_hold CHECK (
        (status IN ('held', 'quoted', 'pending')) <= (hold_until IS NOT NULL)),
    ADD CONSTRAINT reservation_quoted CHECK (status <> 'quoted' OR quote_id IS NOT NULL);
CREATE INDEX reservation_by_quote ON reservation (quote_id) WHERE quote_id IS NOT NULL;
CREATE INDEX reservation_quoted_until ON reservation (hold_until) WHERE status = 'quoted';

-- Which pools and offers have changed, noted by whatever changes them: a row each time, so that
-- writers never wait for one another. The worker turns them into offers that are due, once each.
ALTER TABLE earliest_mark
    ALTER COLUMN id SET DEFAULT gen_random_uuid(),
    ADD CONSTRAINT earliest_mark_one CHECK (num_nonnulls(pool_id, offer_id) = 1);
ALTER TABLE offer_earliest
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE CASCADE;
CREATE INDEX offer_earliest_due ON offer_earliest (due_at);

CREATE FUNCTION mark_earliest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'reservation', 'imported_busy' THEN
            INSERT INTO earliest_mark (pool_id)
                SELECT DISTINCT l.pool_id FROM changed c JOIN pool_lane l USING (resource_id);
        WHEN 'opening_rule', 'opening_exception' THEN
            INSERT INTO earliest_mark (pool_id) SELECT DISTINCT c.pool_id FROM changed c;
        WHEN 'closure' THEN
            INSERT INTO earliest_mark (pool_id)
                SELECT DISTINCT p.id FROM changed c JOIN resource_pool p USING (facility_id);
        WHEN 'resource_pool' THEN
            INSERT INTO earliest_mark (pool_id) SELECT c.id FROM changed c;
        WHEN 'offer_need' THEN
            INSERT INTO earliest_mark (offer_id) SELECT DISTINCT c.offer_id FROM changed c;
    END CASE;
    RETURN NULL;
END $$;
CREATE FUNCTION mark_earliest_of_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO earliest_mark (offer_id)
        SELECT c.id FROM changed c JOIN before b USING (id)
        WHERE (c.lead_time_hours, c.duration_minutes, c.active)
            IS DISTINCT FROM (b.lead_time_hours, b.duration_minutes, b.active);
    RETURN NULL;
END $$;

DO $$
DECLARE watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['reservation', 'imported_busy', 'opening_rule',
        'opening_exception', 'closure', 'resource_pool', 'offer_need'] LOOP
        EXECUTE format('CREATE TRIGGER earliest_marks_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION mark_earliest()', watched);
        EXECUTE format('CREATE TRIGGER earliest_marks_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION mark_earliest()', watched);
        EXECUTE format('CREATE TRIGGER earliest_marks_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION mark_earliest()', watched);
    END LOOP;
END $$;
CREATE TRIGGER earliest_marks AFTER UPDATE ON offer
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_earliest_of_offer();

-- What can be booked already is due at once.
INSERT INTO earliest_mark (offer_id) SELECT DISTINCT offer_id FROM offer_need;
