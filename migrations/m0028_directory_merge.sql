-- Under which keys registers know a facility; a merge moves them, so that imports find the survivor.
ALTER TABLE facility_identifier
    ADD CONSTRAINT facility_identifier_once UNIQUE (source, source_key),
    ADD CONSTRAINT facility_identifier_source CHECK (
        source IN ('tr-moh', 'hu-neak', 'ror', 'demo', 'own'));
CREATE INDEX facility_identifier_by_facility ON facility_identifier (facility_id);
INSERT INTO facility_identifier (id, facility_id, source, source_key)
    SELECT gen_random_uuid(), id, source, source_key FROM facility;

-- A merged facility is another address of the survivor and of nothing else: no chains, nothing new.
ALTER TABLE facility
    ADD CONSTRAINT facility_merged_into FOREIGN KEY (merged_into) REFERENCES facility (id)
        ON DELETE RESTRICT,
    ADD CONSTRAINT facility_not_into_itself CHECK (merged_into <> id),
    ADD CONSTRAINT facility_merged_is_plain CHECK (
        merged_into IS NULL OR (organisation_id IS NULL AND NOT demo));
CREATE INDEX facility_merged ON facility (merged_into) WHERE merged_into IS NOT NULL;

CREATE FUNCTION facility_stands_for_itself() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE elsewhere uuid;
BEGIN
    -- The lock waits for a merge that is under way, and reads what came of it.
    SELECT f.merged_into INTO elsewhere FROM facility f
        WHERE f.id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid FOR KEY SHARE;
    IF elsewhere IS NOT NULL THEN
        RAISE EXCEPTION 'the facility was merged into another'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'facility_merged_takes_nothing';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER into_one_that_stands BEFORE UPDATE OF merged_into ON facility
    FOR EACH ROW WHEN (NEW.merged_into IS NOT NULL)
    EXECUTE FUNCTION facility_stands_for_itself('merged_into');
DO $$
DECLARE target text;
BEGIN
    FOREACH target IN ARRAY ARRAY['offer', 'credential', 'resource_pool', 'affiliation',
        'episode', 'booking', 'referral', 'facility_identifier'] LOOP
        EXECUTE format('CREATE TRIGGER of_one_that_stands BEFORE INSERT OR UPDATE OF facility_id'
            ' ON %I FOR EACH ROW EXECUTE FUNCTION facility_stands_for_itself(''facility_id'')',
            target);
    END LOOP;
END $$;

-- What hangs on a facility and cannot move, told without a word of whose it is. It reads past the
-- walls, since an officer who merges sees no patient's rows.
CREATE FUNCTION facility_ties(facility uuid) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    BEGIN ATOMIC
        SELECT array_remove(ARRAY[
            (SELECT 'organisation' FROM facility f
             WHERE f.id = $1 AND f.organisation_id IS NOT NULL),
            CASE WHEN EXISTS (SELECT FROM offer o WHERE o.facility_id = $1) THEN 'offers' END,
            CASE WHEN EXISTS (SELECT FROM credential c WHERE c.facility_id = $1)
                THEN 'credentials' END,
            CASE WHEN EXISTS (SELECT FROM resource_pool p WHERE p.facility_id = $1)
                THEN 'resources' END,
            CASE WHEN EXISTS (SELECT FROM affiliation a WHERE a.facility_id = $1)
                THEN 'practitioners' END,
            CASE WHEN EXISTS (SELECT FROM booking b WHERE b.facility_id = $1)
                THEN 'bookings' END,
            CASE WHEN EXISTS (SELECT FROM episode e WHERE e.facility_id = $1)
                THEN 'episodes' END,
            CASE WHEN EXISTS (SELECT FROM referral r WHERE r.facility_id = $1)
                THEN 'referrals' END
        ], NULL);
    END;

ALTER TABLE facility_merge
    ADD CONSTRAINT facility_merge_status CHECK (status IN ('proposed', 'confirmed', 'withdrawn')),
    ADD CONSTRAINT facility_merge_of_two CHECK (survivor_id <> other_id),
    ADD CONSTRAINT facility_merge_decided CHECK (
        (status = 'proposed') = (decided_at IS NULL)
        AND (decided_at IS NULL) = (decided_by IS NULL)),
    ADD CONSTRAINT facility_merge_four_eyes CHECK (
        status <> 'confirmed' OR decided_by <> proposed_by);
CREATE UNIQUE INDEX facility_merge_open ON facility_merge (other_id) WHERE status = 'proposed';
CALL protect('facility_merge',
    'actor_role() = ''operator'''
    ' OR (actor_role() = ''ministry_officer'' AND state = actor_country())');
CREATE POLICY never_deleted ON facility_merge AS RESTRICTIVE FOR DELETE USING (false);
CREATE POLICY kept_by_officers ON facility_merge AS RESTRICTIVE FOR UPDATE USING (
    actor_kind() = 'system' OR actor_role() = 'ministry_officer');

ALTER TABLE facility_distinction
    ADD CONSTRAINT facility_distinction_once UNIQUE (low_id, high_id),
    ADD CONSTRAINT facility_distinction_ordered CHECK (low_id < high_id);
CALL append_only('facility_distinction');
