-- Who holds a credential: a facility at its site, or an organisation within one jurisdiction, whose
-- calendar then counts.
ALTER TABLE organisation DROP CONSTRAINT organisation_kind;
ALTER TABLE organisation ADD CONSTRAINT organisation_kind CHECK (kind IN (
    'practice', 'facility', 'pharmacy', 'ministry', 'platform', 'payer', 'facilitator'));
ALTER TABLE credential
    ADD CONSTRAINT credential_holder CHECK (
        num_nonnulls(facility_id, organisation_id) = 1
        AND (organisation_id IS NULL) = (jurisdiction IS NULL)
        AND (organisation_id IS NULL) = (zone IS NULL)
        AND (organisation_id IS NULL)
            = (kind NOT IN ('facilitator_authorisation', 'operator_authorisation'))),
    ADD CONSTRAINT credential_authorisation_once EXCLUDE USING gist (
        organisation_id WITH =, kind WITH =, (jurisdiction::text) WITH =, valid_during WITH &&)
        WHERE (organisation_id IS NOT NULL);
CREATE UNIQUE INDEX credential_of_organisation_once
    ON credential (organisation_id, kind, jurisdiction, body, certificate_number)
    WHERE organisation_id IS NOT NULL;

-- Accreditors are recognised themselves: by a jurisdiction, or internationally where none is named.
-- What the marketplace ships was recorded by nobody here; what an officer records, another confirms.
ALTER TABLE accreditor_recognition
    ADD CONSTRAINT recognition_once
        UNIQUE NULLS NOT DISTINCT (accreditor_id, jurisdiction, reference),
    ADD CONSTRAINT recognition_dates CHECK (recognised_to >= recognised_from),
    ADD CONSTRAINT recognition_confirmed CHECK (
        (recorded_by IS NOT NULL OR confirmed_at IS NOT NULL)
        AND (recorded_by IS NULL OR (confirmed_at IS NULL) = (confirmed_by IS NULL))),
    ADD CONSTRAINT recognition_four_eyes CHECK (confirmed_by <> recorded_by),
    ADD CONSTRAINT recognition_ended CHECK (ended_at IS NULL OR recognised_to IS NOT NULL);
INSERT INTO accreditor_recognition (id, accreditor_id, jurisdiction, reference, recognised_from,
        recognised_to, recorded_at, confirmed_at, version)
    SELECT gen_random_uuid(), a.id, a.jurisdiction, a.recognised_by, a.recognised_from,
        a.recognised_to, now(), now(), 1
    FROM accreditor a WHERE a.recognised_by IS NOT NULL;
ALTER TABLE accreditor DROP CONSTRAINT accreditor_recognised;
CREATE INDEX credential_by_accreditor ON credential (accreditor_id, kind)
    WHERE accreditor_id IS NOT NULL;

CREATE FUNCTION accreditor_recognised(c credential) RETURNS boolean LANGUAGE sql STABLE
    RETURN c.kind <> 'quality_accreditation' OR EXISTS (
        SELECT FROM accreditor_recognition r JOIN facility f ON f.id = c.facility_id
        WHERE r.accreditor_id = c.accreditor_id AND r.confirmed_at IS NOT NULL
            AND coalesce(r.jurisdiction, f.jurisdiction) = f.jurisdiction
            AND daterange(r.recognised_from, r.recognised_to, '[]') @> c.issued);

-- From when to when a credential holds: whole days of its calendar, cut short by conditions that
-- were not met in time and at the moment a suspension or an end takes effect, which a stay puts
-- off. `open_renewals` lets a certificate whose renewal is filed hold beyond its last day.
CREATE OR REPLACE FUNCTION credential_holds(
    c credential, zone text, specialty text, treatment text, open_renewals boolean
) RETURNS tstzrange LANGUAGE plpgsql STABLE AS $$
DECLARE
    starts timestamptz := c.valid_from::timestamp AT TIME ZONE zone;
    ends timestamptz := (c.valid_to + 1)::timestamp AT TIME ZONE zone;
    scoped boolean := cardinality(c.suspended_specialties) + cardinality(c.suspended_treatments) > 0;
BEGIN
    IF c.confirmed_by IS NULL OR c.status IN ('pending', 'denied', 'issued_in_error')
        OR NOT accreditor_recognised(c) THEN
        RETURN 'empty';
    END IF;
    IF open_renewals AND c.status = 'renewal_filed' THEN
        ends := NULL;
    END IF;
    ends := least(ends, (c.conditions_until + 1)::timestamp AT TIME ZONE zone);
    IF (c.stayed_at IS NULL OR c.stay_until IS NOT NULL)
        AND (c.status IN ('expired', 'withdrawn', 'revoked') OR c.status = 'suspended' AND (
            NOT scoped OR specialty = ANY (c.suspended_specialties)
            OR treatment = ANY (c.suspended_treatments)))
    THEN
        ends := least(ends, greatest(c.status_effective_at, c.stay_until));
    END IF;
    IF ends <= starts THEN
        RETURN 'empty';
    END IF;
    RETURN tstzrange(starts, ends);
END $$;

CREATE OR REPLACE FUNCTION credential_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.valid_during := credential_holds(NEW, coalesce(NEW.zone,
        (SELECT f.zone FROM facility f WHERE f.id = NEW.facility_id)), NULL, NULL, false);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(NEW.facility_id, OLD.facility_id) IS NOT NULL THEN
        PERFORM refresh_listing(coalesce(NEW.facility_id, OLD.facility_id));
    END IF;
    RETURN NULL;
END $$;

-- A recognition counts for every accreditation of that body, from the moment it is confirmed. One
-- order of locks, so that two of them do not wait for each other.
CREATE FUNCTION recognition_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE credential c SET updated_at = c.updated_at WHERE c.id IN (
        SELECT q.id FROM credential q
        WHERE q.accreditor_id IN (NEW.accreditor_id, OLD.accreditor_id)
            AND q.kind = 'quality_accreditation'
        ORDER BY q.facility_id, q.id FOR UPDATE);
    RETURN NULL;
END $$;
CREATE TRIGGER recognition_changed AFTER INSERT OR UPDATE OR DELETE ON accreditor_recognition
    FOR EACH ROW EXECUTE FUNCTION recognition_changed();

-- What was done, on whose behalf, and in which jurisdiction. What the public may know is numbered
-- there one by one: whoever writes waits for whoever wrote before to commit, so no reader of the
-- numbers is ever overtaken, and a number that is missing was taken away.
ALTER TABLE credential_change DISABLE TRIGGER append_only;
WITH told AS (
    SELECT h.id, h.snapshot ->> 'jurisdiction' AS jurisdiction, CASE
            WHEN h.version = 1 THEN 'submit'
            WHEN NOT (h.snapshot ->> 'confirmed')::boolean THEN 'verify'
            WHEN NOT lag((h.snapshot ->> 'confirmed')::boolean) OVER w THEN 'confirm'
            WHEN h.status = 'suspended' THEN 'suspend'
            WHEN h.status = 'revoked' THEN 'revoke'
            ELSE 'reinstate'
        END AS move
    FROM credential_change h
    WINDOW w AS (PARTITION BY h.credential_id ORDER BY h.version)
), numbered AS (
    SELECT h.id, row_number() OVER (
        PARTITION BY h.snapshot ->> 'jurisdiction' ORDER BY h.changed_at, h.id) AS position
    FROM credential_change h WHERE (h.snapshot ->> 'confirmed')::boolean
)
UPDATE credential_change h SET move = t.move, jurisdiction = t.jurisdiction,
    position = n.position, organisation_id = (
        SELECT m.organisation_id FROM membership m
        WHERE m.account_id = h.changed_by AND m.starts_at <= h.changed_at
            AND (m.ends_at IS NULL OR m.ends_at > h.changed_at)
        ORDER BY ((m.role = 'ministry_officer') = (t.move <> 'submit')) DESC, m.id LIMIT 1)
FROM told t LEFT JOIN numbered n ON n.id = t.id WHERE t.id = h.id;
ALTER TABLE credential_change ENABLE TRIGGER append_only;
ALTER TABLE credential_change
    ALTER COLUMN move SET NOT NULL,
    ALTER COLUMN jurisdiction SET NOT NULL;
CREATE UNIQUE INDEX credential_change_position ON credential_change (jurisdiction, position);

CREATE FUNCTION number_public_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.snapshot ->> 'confirmed')::boolean THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended('credential-changes:' || NEW.jurisdiction, 7));
        -- A statement of its own: it sees what was committed while the lock was waited for.
        NEW.position := 1 + coalesce((SELECT max(h.position) FROM credential_change h
            WHERE h.jurisdiction = NEW.jurisdiction), 0);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER number_public_change BEFORE INSERT ON credential_change
    FOR EACH ROW EXECUTE FUNCTION number_public_change();

-- What a suspension or revocation replaced is kept beside it, for the day it is taken back; who
-- decided it may not judge the appeal.
WITH decision AS (
    SELECT DISTINCT ON (h.credential_id) h.credential_id, h.version, h.changed_by
    FROM credential_change h WHERE h.move IN ('suspend', 'revoke')
    ORDER BY h.credential_id, h.version DESC
), earlier AS (
    SELECT d.*, b.status, b.reason, b.effective_at, b.snapshot, b.version AS since, b.changed_by AS by
    FROM decision d LEFT JOIN LATERAL (
        SELECT * FROM credential_change h
        WHERE h.credential_id = d.credential_id AND h.version < d.version
        ORDER BY h.version DESC LIMIT 1) b ON true
)
UPDATE credential c SET decided_by = e.changed_by, decided_version = e.version,
    standing_before = jsonb_strip_nulls(jsonb_build_object(
        'status', e.status, 'reason', e.reason, 'effective_at', e.effective_at) || CASE
        WHEN e.status = 'suspended' THEN jsonb_build_object(
            'suspended_specialties', e.snapshot -> 'suspended_specialties',
            'suspended_treatments', e.snapshot -> 'suspended_treatments',
            'decided_by', e.by, 'decided_version', e.since,
            'before', jsonb_build_object('status', coalesce(c.status_before, 'active')))
        ELSE '{}' END)
FROM earlier e
WHERE e.credential_id = c.id AND c.status IN ('suspended', 'revoked') AND e.status IS NOT NULL;
UPDATE credential SET standing_before = jsonb_build_object('status', coalesce(status_before, 'active'))
    WHERE status IN ('suspended', 'revoked') AND standing_before IS NULL;
ALTER TABLE credential
    ADD CONSTRAINT credential_standing_kept CHECK (
        status NOT IN ('suspended', 'revoked') OR standing_before IS NOT NULL),
    ADD CONSTRAINT credential_stay CHECK (
        stayed_at IS NULL AND stay_until IS NULL
        OR status IN ('suspended', 'revoked') AND coalesce(stay_until >= stayed_at, true)),
    ADD CONSTRAINT credential_conditions CHECK (
        (conditions IS NULL) = (conditions_until IS NULL)
        AND (status <> 'conditional' OR conditions IS NOT NULL));
UPDATE credential SET updated_at = updated_at WHERE kind = 'quality_accreditation';

-- Appeals: one of each decision, unless it was taken back or the decision itself was.
ALTER TABLE credential_appeal
    ADD CONSTRAINT credential_appeal_status CHECK (
        status IN ('filed', 'upheld', 'overturned', 'withdrawn', 'lapsed')),
    ADD CONSTRAINT credential_appeal_closed CHECK ((status = 'filed') = (closed_at IS NULL)),
    ADD CONSTRAINT credential_appeal_four_eyes CHECK (
        status NOT IN ('upheld', 'overturned')
        OR (closed_by IS NOT NULL AND closed_by IS DISTINCT FROM against_officer));
CREATE UNIQUE INDEX credential_appeal_once ON credential_appeal (credential_id, against_version)
    WHERE status IN ('filed', 'upheld', 'overturned');

-- Renewals: one at a time waits for an officer.
ALTER TABLE credential_renewal
    ADD CONSTRAINT credential_renewal_status CHECK (
        status IN ('filed', 'acknowledged', 'refused')),
    ADD CONSTRAINT credential_renewal_decided CHECK ((status = 'filed') = (decided_at IS NULL)),
    ADD CONSTRAINT credential_renewal_evidence CHECK (octet_length(evidence_sha256) = 32);
CREATE UNIQUE INDEX credential_renewal_once ON credential_renewal (credential_id)
    WHERE status = 'filed';

-- Reminders: each is written down, and so given, once.
ALTER TABLE credential_reminder
    ADD CONSTRAINT credential_reminder_what CHECK (what IN ('last_day', 'next_check')),
    ADD CONSTRAINT credential_reminder_days CHECK (days IN (90, 30, 7)),
    ADD CONSTRAINT credential_reminder_once UNIQUE (credential_id, what, due_on, days);
