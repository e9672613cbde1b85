-- The last day on which a rule opens, from whatever ends it: its own day, UNTIL or COUNT.
UPDATE opening_rule SET last_day = valid_until;
ALTER TABLE opening_rule ADD CONSTRAINT opening_rule_last CHECK (
    last_day >= valid_from AND (valid_until IS NULL OR last_day <= valid_until));

-- Days on which a whole facility is shut.
ALTER TABLE closure
    ADD FOREIGN KEY (facility_id) REFERENCES facility (id) ON DELETE RESTRICT,
    ADD CONSTRAINT closure_days CHECK (last_day BETWEEN first_day AND first_day + 1095);
CREATE INDEX closure_by_facility ON closure (facility_id, first_day);

-- Time that staff took by hand says why; nothing else does, so no word of a patient gets in here.
ALTER TABLE reservation
    ADD CONSTRAINT reservation_blocked CHECK (
        status <> 'blocked' OR (reason IS NOT NULL AND booking_id IS NULL)),
    ADD CONSTRAINT reservation_reason CHECK (reason IS NULL OR booking_id IS NULL);
CREATE INDEX reservation_by_pool ON reservation USING gist (
    pool_id, tstzrange(starts_at, ends_at))
    WHERE status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked');

-- Which bookings were said to lie where they cannot be kept, so that nobody is told twice.
ALTER TABLE uncovered_booking
    ADD CONSTRAINT uncovered_booking_cause CHECK (
        cause IN ('feed_clash', 'rule_changed', 'closure', 'affiliation_ended')),
    ADD CONSTRAINT uncovered_booking_once UNIQUE (booking_id, cause);

-- Facilities that stand for another one get nothing new.
CREATE TRIGGER of_one_that_stands BEFORE INSERT OR UPDATE OF facility_id ON closure
    FOR EACH ROW EXECUTE FUNCTION facility_stands_for_itself('facility_id');
