-- Extensions are trusted since PostgreSQL 13, so an ordinary owner of the database may add them.
DO $$
DECLARE missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY['pg_trgm', 'btree_gist'] LOOP
        IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = missing) THEN
            BEGIN
                EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I', missing);
            EXCEPTION WHEN OTHERS THEN
                RAISE EXCEPTION 'The extension % is missing and could not be created (%): '
                    'let a superuser run CREATE EXTENSION % in this database', missing, SQLERRM, missing;
            END;
        END IF;
    END LOOP;
END $$;

-- Facilities
ALTER TABLE facility
    ADD COLUMN listed_during tstzmultirange NOT NULL DEFAULT '{}',
    ADD CONSTRAINT facility_source_key UNIQUE (source, source_key),
    ADD CONSTRAINT facility_kind CHECK (kind IN
        ('hospital', 'clinic', 'dental_clinic', 'laboratory', 'dialysis', 'spa', 'other')),
    ADD CONSTRAINT facility_source CHECK (source IN ('tr-moh', 'hu-neak', 'ror', 'demo', 'own')),
    ADD CONSTRAINT facility_demo_is_demo CHECK (demo = (source = 'demo')),
    ADD CONSTRAINT facility_position CHECK (
        (latitude IS NULL) = (longitude IS NULL)
        AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180),
    ADD CONSTRAINT facility_named CHECK (name <> '' AND name_folded <> '' AND city_key <> '');
CREATE INDEX facility_by_name ON facility (name_folded, id);
CREATE INDEX facility_by_place ON facility (jurisdiction, city_key);
CREATE INDEX facility_by_organisation ON facility (organisation_id)
    WHERE organisation_id IS NOT NULL;
-- Without fastupdate: every search would read the list of entries that still wait for a vacuum.
CREATE INDEX facility_name_by_facility ON facility_name (facility_id);
CREATE INDEX facility_name_words ON facility_name USING gin (to_tsvector('simple', folded)) WITH (fastupdate = off);
CREATE INDEX facility_name_trigrams ON facility_name USING gin (folded gin_trgm_ops) WITH (fastupdate = off);
ALTER TABLE place_name
    ADD CONSTRAINT place_name_once UNIQUE (jurisdiction, city_key, folded);
CREATE INDEX place_name_folded ON place_name (folded);
CREATE INDEX place_name_words ON place_name USING gin (to_tsvector('simple', folded)) WITH (fastupdate = off);
CREATE INDEX place_name_trigrams ON place_name USING gin (folded gin_trgm_ops) WITH (fastupdate = off);

-- Credentials. What is valid needs two officers; the same one twice is refused here at last.
ALTER TABLE credential
    ADD COLUMN valid_during tstzrange NOT NULL DEFAULT 'empty',
    ADD CONSTRAINT credential_kind CHECK (kind IN (
        'licence', 'health_tourism_authorisation', 'quality_accreditation',
        'programme_certification', 'facilitator_authorisation', 'operator_authorisation')),
    ADD CONSTRAINT credential_status CHECK (status IN (
        'pending', 'active', 'conditional', 'renewal_filed', 'suspended', 'expired',
        'withdrawn', 'revoked', 'denied', 'issued_in_error')),
    ADD CONSTRAINT credential_method CHECK (method IN (
        'registry_api', 'registry_page', 'certificate_pdf', 'letter')),
    ADD CONSTRAINT credential_four_eyes CHECK (
        confirmed_by IS NULL OR (verified_by IS NOT NULL AND confirmed_by <> verified_by)),
    ADD CONSTRAINT credential_confirmed CHECK (
        status IN ('pending', 'denied', 'issued_in_error') OR confirmed_by IS NOT NULL),
    ADD CONSTRAINT credential_ended_at CHECK (
        status NOT IN ('suspended', 'expired', 'withdrawn', 'revoked')
        OR status_effective_at IS NOT NULL),
    ADD CONSTRAINT credential_dates CHECK (valid_to IS NULL OR valid_to >= valid_from),
    ADD CONSTRAINT credential_evidence CHECK (octet_length(evidence_sha256) = 32),
    ADD CONSTRAINT credential_once UNIQUE (facility_id, kind, body, certificate_number),
    ADD CONSTRAINT credential_supersedes FOREIGN KEY (supersedes) REFERENCES credential (id);
CREATE INDEX credential_pending ON credential (id) WHERE status = 'pending';
CREATE INDEX credential_change_by_credential ON credential_change (credential_id, version);
CALL append_only('credential_change');
ALTER TABLE accreditor ADD CONSTRAINT accreditor_recognised
    CHECK (recognised_to >= recognised_from);
ALTER TABLE listing_rule
    ADD CONSTRAINT listing_rule_version UNIQUE (jurisdiction, version),
    ADD CONSTRAINT listing_rule_dates CHECK (valid_to > valid_from),
    ADD CONSTRAINT listing_rule_groups CHECK (
        jsonb_typeof(groups) = 'array' AND jsonb_array_length(groups) > 0);

-- From when to when a credential holds: whole days of the facility's own calendar, cut short at
-- the moment a suspension or an end takes effect. `open_renewals` lets a certificate whose renewal
-- is filed hold beyond its last day.
CREATE FUNCTION credential_holds(
    c credential, zone text, specialty text, treatment text, open_renewals boolean
) RETURNS tstzrange LANGUAGE plpgsql STABLE AS $$
DECLARE
    starts timestamptz := c.valid_from::timestamp AT TIME ZONE zone;
    ends timestamptz := (c.valid_to + 1)::timestamp AT TIME ZONE zone;
    scoped boolean := cardinality(c.suspended_specialties) + cardinality(c.suspended_treatments) > 0;
BEGIN
    IF c.confirmed_by IS NULL OR c.status IN ('pending', 'denied', 'issued_in_error') THEN
        RETURN 'empty';
    END IF;
    IF open_renewals AND c.status = 'renewal_filed' THEN
        ends := NULL;
    END IF;
    IF c.status IN ('expired', 'withdrawn', 'revoked') OR c.status = 'suspended' AND (
        NOT scoped OR specialty = ANY (c.suspended_specialties)
        OR treatment = ANY (c.suspended_treatments)
    ) THEN
        ends := least(ends, c.status_effective_at);
    END IF;
    IF ends <= starts THEN
        RETURN 'empty';
    END IF;
    RETURN tstzrange(starts, ends);
END $$;

CREATE FUNCTION credential_covers(c credential, specialty text, treatment text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN cardinality(c.specialties) + cardinality(c.treatments) = 0
        OR coalesce(specialty = ANY (c.specialties), false)
        OR coalesce(treatment = ANY (c.treatments), false);

-- When a facility may offer a treatment to foreign patients: in each version of its state's rule,
-- while every group of the rule is covered by some credential. Without a rule: never. Null for
-- specialty and treatment asks for the facility as a whole.
CREATE FUNCTION listing_during(
    facility_id uuid, specialty text, treatment text, open_renewals boolean DEFAULT false
) RETURNS tstzmultirange LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH place AS (
            SELECT f.id, f.jurisdiction, f.kind, f.zone FROM facility f
            WHERE f.id = listing_during.facility_id
        ), demand AS (
            SELECT r.id, place.id AS place_id, place.zone, g.number, g.demand,
                tstzrange(r.valid_from, r.valid_to) AS during
            FROM place JOIN listing_rule r
                ON r.jurisdiction = place.jurisdiction AND place.kind = ANY (r.facility_kinds),
                LATERAL jsonb_array_elements(r.groups) WITH ORDINALITY g (demand, number)
        ), supply AS (
            SELECT d.id, d.number,
                credential_holds(c, d.zone, specialty, treatment, open_renewals) AS held
            FROM demand d JOIN credential c
                ON c.facility_id = d.place_id AND d.demand -> 'any_of' ? c.kind
            WHERE credential_covers(c, specialty, treatment)
            UNION ALL
            -- A transition: whoever held the named kind before the day is spared the group until
            -- the transition's end.
            SELECT d.id, d.number, tstzrange(
                (d.demand #>> '{transition,before}')::timestamptz,
                (d.demand #>> '{transition,until}')::timestamptz)
            FROM demand d JOIN credential c
                ON c.facility_id = d.place_id AND c.kind = d.demand #>> '{transition,held}'
            WHERE credential_covers(c, specialty, treatment)
                AND credential_holds(c, d.zone, specialty, treatment, false)
                    && tstzrange(NULL, (d.demand #>> '{transition,before}')::timestamptz)
        ), covered AS (
            SELECT d.id, d.during, d.number, coalesce(
                (SELECT range_agg(s.held) FROM supply s
                 WHERE s.id = d.id AND s.number = d.number), '{}') AS held
            FROM demand d
        ), version AS (
            SELECT c.during, range_intersect_agg(c.held) AS held
            FROM covered c GROUP BY c.id, c.during
        )
        SELECT coalesce(range_agg(v.held * tstzmultirange(v.during)), '{}') FROM version v;
    END;

-- When a facility is listed for anything at all: as a whole, or for a specialty or a treatment
-- that one of its credentials is limited to.
CREATE FUNCTION facility_listing(facility_id uuid) RETURNS tstzmultirange LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce(range_agg(m.listed), '{}') FROM (
            SELECT listing_during(facility_listing.facility_id, NULL, NULL) AS listed
            UNION ALL
            SELECT listing_during(facility_listing.facility_id, s.code, NULL) FROM (
                SELECT DISTINCT unnest(c.specialties) AS code FROM credential c
                WHERE c.facility_id = facility_listing.facility_id) s
            UNION ALL
            SELECT listing_during(facility_listing.facility_id, t.specialty_code, t.code)
            FROM treatment t WHERE t.code IN (
                SELECT unnest(c.treatments) FROM credential c
                WHERE c.facility_id = facility_listing.facility_id)
        ) m;
    END;

-- What a page says of a facility now; `missing` are the labels of groups that nothing covers.
CREATE FUNCTION listing_now(
    facility_id uuid, OUT listed boolean, OUT accredited boolean, OUT missing text[]
) LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT f.listed_during @> statement_timestamp(),
            EXISTS (SELECT FROM credential c
                WHERE c.facility_id = f.id AND c.kind = 'quality_accreditation'
                    AND c.valid_during @> statement_timestamp()),
            CASE
                WHEN f.listed_during @> statement_timestamp() THEN '{}'
                WHEN NOT EXISTS (SELECT FROM listing_rule r WHERE r.jurisdiction = f.jurisdiction
                    AND f.kind = ANY (r.facility_kinds)
                    AND tstzrange(r.valid_from, r.valid_to) @> statement_timestamp())
                THEN ARRAY['listing_rule']
                ELSE ARRAY(
                    SELECT g.demand ->> 'label' FROM listing_rule r,
                        LATERAL jsonb_array_elements(r.groups) WITH ORDINALITY g (demand, number)
                    WHERE r.jurisdiction = f.jurisdiction AND f.kind = ANY (r.facility_kinds)
                        AND tstzrange(r.valid_from, r.valid_to) @> statement_timestamp()
                        AND NOT EXISTS (SELECT FROM credential c
                            WHERE c.facility_id = f.id AND g.demand -> 'any_of' ? c.kind
                                AND c.valid_during @> statement_timestamp())
                    ORDER BY r.version, g.number)
            END
        FROM facility f WHERE f.id = listing_now.facility_id;
    END;

-- Rates
ALTER TABLE fx_rate
    ADD CONSTRAINT fx_rate_once UNIQUE (rate_set, base, quote),
    ADD CONSTRAINT fx_rate_positive CHECK (rate > 0);

-- Catalogue
ALTER TABLE treatment
    ADD CONSTRAINT treatment_figures CHECK (
        duration_minutes > 0 AND stay_nights >= 0 AND fit_to_fly_days >= 0);
CREATE INDEX treatment_by_specialty ON treatment (specialty_code);
CREATE INDEX specialty_name_by_specialty ON specialty_name (specialty_code);
CREATE INDEX specialty_name_words ON specialty_name USING gin (to_tsvector('simple', folded)) WITH (fastupdate = off);
CREATE INDEX specialty_name_trigrams ON specialty_name USING gin (folded gin_trgm_ops) WITH (fastupdate = off);
ALTER TABLE treatment_name
    ADD CONSTRAINT treatment_name_kind CHECK (kind IN ('preferred', 'synonym', 'lay'));
CREATE INDEX treatment_name_by_treatment ON treatment_name (treatment_code);
CREATE INDEX treatment_name_words ON treatment_name USING gin (to_tsvector('simple', folded)) WITH (fastupdate = off);
CREATE INDEX treatment_name_trigrams ON treatment_name USING gin (folded gin_trgm_ops) WITH (fastupdate = off);

ALTER TABLE offer
    ADD COLUMN listed_during tstzmultirange NOT NULL DEFAULT '{}',
    ADD CONSTRAINT offer_mode CHECK (mode IN ('instant', 'on_request')),
    ADD CONSTRAINT offer_currency CHECK (currency IN ('EUR', 'USD')),
    ADD CONSTRAINT offer_price CHECK (
        price_minor BETWEEN 1 AND 999999999999 AND price_eur_minor > 0
        AND deposit_minor BETWEEN 0 AND price_minor),
    ADD CONSTRAINT offer_figures CHECK (
        lead_time_hours >= 0 AND duration_minutes > 0 AND stay_nights >= 0);
ALTER TABLE offer_line
    ADD CONSTRAINT offer_line_kind CHECK (kind IN ('mandatory', 'conditional', 'excluded')),
    ADD CONSTRAINT offer_line_money CHECK (
        CASE kind
            WHEN 'mandatory' THEN amount_minor >= 0 AND cap_minor IS NULL
            WHEN 'conditional' THEN amount_minor >= 0 AND cap_minor >= amount_minor
            ELSE amount_minor IS NULL AND cap_minor IS NULL
        END),
    ADD CONSTRAINT offer_line_place UNIQUE (offer_id, position);
ALTER TABLE offer_revision ADD CONSTRAINT offer_revision_once UNIQUE (offer_id, version);
CALL append_only('offer_revision');

-- The pages of the search walk these in their order and read no offer they do not show.
CREATE INDEX offer_by_treatment ON offer (treatment_code, price_eur_minor, id)
    INCLUDE (state, city_key, specialty_code, facility_id, mode, listed_during) WHERE active;
CREATE INDEX offer_by_price ON offer (price_eur_minor, id)
    INCLUDE (state, city_key, specialty_code, treatment_code, facility_id, mode, listed_during)
    WHERE active;
CREATE INDEX offer_by_specialty ON offer (specialty_code, price_eur_minor, id)
    INCLUDE (state, city_key, treatment_code, facility_id, mode, listed_during) WHERE active;
CREATE INDEX offer_by_state ON offer (state, city_key, price_eur_minor, id)
    INCLUDE (specialty_code, treatment_code, facility_id, mode, listed_during) WHERE active;
CREATE INDEX offer_by_facility ON offer (facility_id, price_eur_minor, id);

-- Listing by the clock: windows are stored with facilities and offers whenever what they follow
-- from changes, and compared with the clock by whoever reads. What is long past is not kept.
-- The facility's row is locked first, so that a credential and an offer written at the same time
-- see each other.
CREATE FUNCTION refresh_listing(target uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM facility f WHERE f.id = target FOR UPDATE;
    UPDATE facility f SET listed_during = present_listing(facility_listing(target))
        WHERE f.id = target AND f.listed_during <> present_listing(facility_listing(target));
    UPDATE offer o SET listed_during = n.listed
        FROM (
            SELECT k.specialty_code, k.treatment_code, present_listing(
                listing_during(target, k.specialty_code, k.treatment_code)) AS listed
            FROM (SELECT DISTINCT p.specialty_code, p.treatment_code FROM offer p
                WHERE p.facility_id = target) k
        ) n
        WHERE o.facility_id = target AND o.specialty_code = n.specialty_code
            AND o.treatment_code = n.treatment_code AND o.listed_during <> n.listed;
END $$;

CREATE FUNCTION present_listing(listed tstzmultirange) RETURNS tstzmultirange
    LANGUAGE sql STABLE
    RETURN listed * tstzmultirange(tstzrange(date_trunc('day', now()) - interval '30 days', NULL));

CREATE FUNCTION credential_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.valid_during := credential_holds(
        NEW, (SELECT f.zone FROM facility f WHERE f.id = NEW.facility_id), NULL, NULL, false);
    RETURN NEW;
END $$;
CREATE TRIGGER credential_written BEFORE INSERT OR UPDATE ON credential
    FOR EACH ROW EXECUTE FUNCTION credential_written();

CREATE FUNCTION credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listing(coalesce(NEW.facility_id, OLD.facility_id));
    RETURN NULL;
END $$;
CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE ON credential
    FOR EACH ROW EXECUTE FUNCTION credential_changed();

CREATE FUNCTION listing_rule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listing(f.id) FROM (
        SELECT p.id FROM facility p WHERE p.jurisdiction IN (NEW.jurisdiction, OLD.jurisdiction)
            AND (p.listed_during <> '{}'
                OR EXISTS (SELECT FROM credential c WHERE c.facility_id = p.id))
        ORDER BY p.id) f;
    RETURN NULL;
END $$;
CREATE TRIGGER listing_rule_changed AFTER INSERT OR UPDATE OR DELETE ON listing_rule
    FOR EACH ROW EXECUTE FUNCTION listing_rule_changed();

CREATE FUNCTION facility_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE offer o SET state = NEW.jurisdiction, city_key = NEW.city_key
        WHERE o.facility_id = NEW.id
            AND (o.state, o.city_key) IS DISTINCT FROM (NEW.jurisdiction, NEW.city_key);
    IF (OLD.jurisdiction, OLD.kind, OLD.zone) IS DISTINCT FROM
        (NEW.jurisdiction, NEW.kind, NEW.zone) THEN
        UPDATE credential SET updated_at = updated_at WHERE facility_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER facility_changed AFTER UPDATE OF jurisdiction, kind, zone, city_key ON facility
    FOR EACH ROW EXECUTE FUNCTION facility_changed();

CREATE FUNCTION offer_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT f.jurisdiction, f.city_key INTO NEW.state, NEW.city_key
        FROM facility f WHERE f.id = NEW.facility_id FOR SHARE;
    NEW.listed_during := present_listing(
        listing_during(NEW.facility_id, NEW.specialty_code, NEW.treatment_code));
    RETURN NEW;
END $$;
CREATE TRIGGER offer_written
    BEFORE INSERT OR UPDATE OF facility_id, specialty_code, treatment_code ON offer
    FOR EACH ROW EXECUTE FUNCTION offer_written();

-- The names of the dictionary that are like the words asked for, best first of each kind: every
-- word counts by its weight, the name as a whole a little; `telling` are the words that find
-- candidates. The planner knows nothing of what a similarity costs, hence the settings.
SELECT set_limit(show_limit());  -- loads pg_trgm, so that its setting is known
CREATE FUNCTION names_like(asked text[], weights float8[], telling text[], whole text)
RETURNS TABLE (kind text, target text, state text, name text, folded text, score float8)
LANGUAGE sql STABLE
SET enable_seqscan = off SET pg_trgm.word_similarity_threshold = 0.4 AS $$
    (SELECT 'treatment', n.treatment_code, NULL, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT c.id FROM unnest(telling) r (word) JOIN treatment_name c ON r.word <% c.folded) x
     JOIN treatment_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
    UNION ALL
    (SELECT 'specialty', n.specialty_code, NULL, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT c.id FROM unnest(telling) r (word) JOIN specialty_name c ON r.word <% c.folded) x
     JOIN specialty_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
    UNION ALL
    (SELECT 'city', n.city_key, n.jurisdiction::text, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT c.id FROM unnest(telling) r (word) JOIN place_name c ON r.word <% c.folded) x
     JOIN place_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
    UNION ALL
    (SELECT 'facility', n.facility_id::text, NULL, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT c.id FROM unnest(telling) r (word) JOIN facility_name c ON r.word <% c.folded
        WHERE EXISTS (SELECT FROM offer o WHERE o.facility_id = c.facility_id AND o.active)) x
     JOIN facility_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
$$;
