-- One live access an account and patient; what has ended stays as history.
DROP INDEX access_once;
CREATE UNIQUE INDEX access_once ON access (account_id, patient_id) WHERE ended_at IS NULL;
ALTER TABLE access ADD CONSTRAINT access_how_given
    CHECK (how_given IN
        ('own_device', 'qr_at_desk', 'witnessed_paper', 'parent', 'court_order'));
-- Only one's own file is open without an end; whoever acts for another does so until a day.
ALTER TABLE access ADD CONSTRAINT access_ends CHECK (kind = 'self' OR until IS NOT NULL) NOT VALID;
ALTER TABLE access ADD CONSTRAINT access_ended CHECK (ended_at IS NULL OR until <= ended_at);

ALTER TABLE mandate_offer ADD CONSTRAINT mandate_offer_how_given
    CHECK (how_given IN ('own_device', 'qr_at_desk', 'witnessed_paper'));
ALTER TABLE mandate_offer ADD CONSTRAINT mandate_offer_scopes
    CHECK (scopes <@ ARRAY['view', 'message', 'pay', 'accept_quote', 'consent']
           AND cardinality(scopes) > 0);
ALTER TABLE mandate_offer ADD CONSTRAINT mandate_offer_four_eyes
    CHECK (confirmed_by IS NULL OR confirmed_by <> offered_by);
ALTER TABLE mandate_offer ADD CONSTRAINT mandate_offer_checked
    CHECK (how_given = 'own_device' OR identity_checked IS NOT NULL);
CREATE INDEX mandate_offer_by_patient ON mandate_offer (patient_id);
CALL protect('mandate_offer',
    'patient_id IN (SELECT my_patients()) OR patient_id IN (SELECT practice_patients())');

-- Merged files. Nothing of the merged one is moved or sealed anew: its rows stay under its old
-- number and its own key, and are reached through these pairs. `is_alias` takes part in both
-- foreign keys, so that no order of two merges makes an alias of an alias, or a circle.
ALTER TABLE patient ADD COLUMN is_alias bool NOT NULL DEFAULT false;
CREATE UNIQUE INDEX patient_merged ON patient (id, is_alias);
ALTER TABLE patient_alias
    ADD COLUMN alias_is bool GENERATED ALWAYS AS (true) STORED,
    ADD COLUMN patient_is bool GENERATED ALWAYS AS (false) STORED,
    ADD CONSTRAINT patient_alias_once UNIQUE (alias_id),
    ADD CONSTRAINT patient_alias_not_itself CHECK (alias_id <> patient_id),
    ADD CONSTRAINT patient_alias_marked
        FOREIGN KEY (alias_id, alias_is) REFERENCES patient (id, is_alias),
    ADD CONSTRAINT patient_alias_of_a_survivor
        FOREIGN KEY (patient_id, patient_is) REFERENCES patient (id, is_alias);
CREATE INDEX patient_alias_by_patient ON patient_alias (patient_id);

-- A file's other numbers, and since when they belong together. What follows runs as the owner, as
-- row policies ask it, also that of patient_alias itself; this does not, so that it is inlined.
CREATE FUNCTION patient_links(file uuid, OUT other uuid, OUT since timestamptz)
    RETURNS SETOF record LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT alias_id, merged_at FROM patient_alias WHERE patient_id = file
        UNION ALL
        SELECT patient_id, merged_at FROM patient_alias WHERE alias_id = file
        UNION ALL
        SELECT s.alias_id, greatest(s.merged_at, m.merged_at)
        FROM patient_alias m JOIN patient_alias s ON s.patient_id = m.patient_id
        WHERE m.alias_id = file AND s.alias_id <> file;
    END;
-- Every number under which rows of this patient may lie.
CREATE FUNCTION patient_family(file uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT patient_family.file
        UNION ALL
        SELECT other FROM patient_links(patient_family.file);
    END;
-- The number under which a patient is kept today.
CREATE FUNCTION current_patient(file uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(
            (SELECT patient_id FROM patient_alias WHERE alias_id = current_patient.file),
            current_patient.file);
    END;

-- The patients for whom the actor may do this (null: anything): with an access to one file comes
-- what was merged with it.
CREATE FUNCTION my_patients_with(scope text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        WITH mine AS (
            SELECT patient_id AS id FROM access
            WHERE account_id = actor_account()
              AND (my_patients_with.scope IS NULL OR my_patients_with.scope = ANY (scopes))
              AND ended_at IS NULL AND (until IS NULL OR until > clock_timestamp())
        ), roots AS (
            SELECT coalesce(l.patient_id, mine.id) AS id
            FROM mine LEFT JOIN patient_alias l ON l.alias_id = mine.id
        )
        SELECT id FROM roots
        UNION
        SELECT l.alias_id FROM roots JOIN patient_alias l ON l.patient_id = roots.id;
    END;
CREATE OR REPLACE FUNCTION my_patients() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT my_patients_with(NULL);
    END;
-- Those whose own side the actor is: themself, a parent or a guardian. A mandate is not given on.
CREATE FUNCTION my_own_patients() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        WITH mine AS (
            SELECT patient_id AS id FROM access
            WHERE account_id = actor_account() AND kind IN ('self', 'proxy')
              AND ended_at IS NULL AND (until IS NULL OR until > clock_timestamp())
        )
        SELECT id FROM mine
        UNION
        SELECT l.other FROM mine, LATERAL patient_links(mine.id) l;
    END;
CREATE OR REPLACE FUNCTION practice_patients() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        WITH ours AS (
            SELECT patient_id AS id FROM care_relation
            WHERE organisation_id = actor_organisation()
              AND (until IS NULL OR until > clock_timestamp())
        ), roots AS (
            SELECT coalesce(l.patient_id, ours.id) AS id
            FROM ours LEFT JOIN patient_alias l ON l.alias_id = ours.id
        )
        SELECT id FROM roots
        UNION
        SELECT l.alias_id FROM roots JOIN patient_alias l ON l.patient_id = roots.id;
    END;
CALL protect('patient_alias',
    'alias_id IN (SELECT my_patients()) OR alias_id IN (SELECT practice_patients())');
CALL restrict_writes('patient_alias', 'false', 'false');

ALTER TABLE patient_merge
    ADD CONSTRAINT patient_merge_not_itself CHECK (alias_id <> survivor_id),
    ADD CONSTRAINT patient_merge_status
        CHECK (status IN ('proposed', 'merged', 'undone', 'withdrawn', 'expired')),
    ADD CONSTRAINT patient_merge_four_eyes CHECK (officer_id <> proposed_by),
    -- Merged is what both files' own sides agreed to, or what a second pair of eyes confirmed.
    ADD CONSTRAINT patient_merge_proved CHECK (
        status NOT IN ('merged', 'undone')
        OR (merged_at IS NOT NULL AND merged_by IS NOT NULL
            AND (officer_id IS NOT NULL
                 OR (survivor_agreed_by IS NOT NULL AND alias_agreed_by IS NOT NULL)))),
    ADD CONSTRAINT patient_merge_contradictions
        CHECK (accepted <@ ARRAY['birth_date', 'name', 'blood_group']
               AND (cardinality(accepted) = 0 OR officer_id IS NOT NULL));
-- Two merges that cross each other are one question.
CREATE UNIQUE INDEX patient_merge_open_once ON patient_merge
    (least(survivor_id, alias_id), greatest(survivor_id, alias_id)) WHERE status = 'proposed';
CREATE INDEX patient_merge_by_survivor ON patient_merge (survivor_id);
CREATE INDEX patient_merge_by_alias ON patient_merge (alias_id);
CALL protect('patient_merge',
    'survivor_id IN (SELECT my_own_patients()) OR alias_id IN (SELECT my_own_patients())'
    ' OR actor_role() = ''operator'''
    ' OR (actor_role() = ''ministry_officer'' AND home_state = actor_country())');
CALL restrict_writes('patient_merge', 'false', 'false');

ALTER TABLE file_code
    ADD CONSTRAINT file_code_purpose CHECK (purpose IN ('merge', 'claim')),
    -- A file is claimed only by somebody whom a practice has seen.
    ADD CONSTRAINT file_code_checked CHECK (purpose <> 'claim'
        OR (identity_checked_sealed IS NOT NULL AND organisation_id IS NOT NULL)),
    ADD CONSTRAINT file_code_used CHECK ((used_at IS NULL) = (used_by IS NULL));
CREATE INDEX file_code_by_patient ON file_code (patient_id);
CALL protect('file_code', 'patient_id IN (SELECT my_own_patients())'
    ' OR (organisation_id = actor_organisation() AND patient_id IN (SELECT practice_patients()))');
CALL restrict_writes('file_code', 'made_by = actor_account()', 'false');

-- Wards: a court's order, seen by somebody who neither asked nor will act.
ALTER TABLE access ADD CONSTRAINT access_relationship
    CHECK (relationship IS NULL OR (relationship IN ('parent', 'guardian') AND kind = 'proxy'));
ALTER TABLE guardianship
    ADD CONSTRAINT guardianship_status
        CHECK (status IN ('offered', 'requested', 'confirmed', 'refused', 'ended')),
    ADD CONSTRAINT guardianship_holder CHECK (status = 'offered' OR account_id IS NOT NULL),
    ADD CONSTRAINT guardianship_four_eyes
        CHECK (decided_by <> requested_by AND decided_by <> account_id),
    ADD CONSTRAINT guardianship_decided
        CHECK ((status IN ('confirmed', 'refused', 'ended'))
               = (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
    ADD CONSTRAINT guardianship_confirmed
        CHECK ((status IN ('confirmed', 'ended')) = (access_id IS NOT NULL)),
    ADD CONSTRAINT guardianship_until CHECK (until > requested_at);
CREATE UNIQUE INDEX guardianship_open_once ON guardianship (patient_id, account_id)
    WHERE status = 'requested';
CREATE INDEX guardianship_by_patient ON guardianship (patient_id);
CREATE INDEX guardianship_by_account ON guardianship (account_id);
CALL protect('guardianship',
    'account_id = actor_account() OR patient_id IN (SELECT my_own_patients())'
    ' OR (organisation_id = actor_organisation() AND patient_id IN (SELECT practice_patients()))'
    ' OR (actor_role() = ''ministry_officer'' AND home_state = actor_country()'
    '     AND status <> ''offered'')');
CALL restrict_writes('guardianship', 'false', 'false');

-- Clinical content needs `view`: a mandate to pay opens no record.
DROP POLICY visible ON record_import;
CALL protect('record_import',
    'patient_id IN (SELECT my_patients_with(''view''))'
    ' OR patient_id IN (SELECT practice_patients())');
DROP POLICY visible ON record_entry;
CALL protect('record_entry',
    'patient_id IN (SELECT my_patients_with(''view''))'
    ' OR patient_id IN (SELECT practice_patients())'
    ' OR consent_permits(patient_id, actor_organisation(), category, labels, effective_at)'
    ' IS NOT NULL');

-- A consent covers the file it was given for and, where it was given after a merge, what belonged
-- to that file by then. One given before covers no more than it did.
CREATE OR REPLACE FUNCTION consent_permits(
    patient uuid, organisation uuid, category text, labels text[], effective timestamptz,
    episode uuid DEFAULT NULL
) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id FROM (
        SELECT patient AS id, '-infinity'::timestamptz AS since
        UNION ALL
        SELECT l.other, l.since FROM patient_links(patient) l
    ) AS file JOIN consent c ON c.patient_id = file.id
    WHERE c.grantee_organisation_id = organisation
      AND c.status = 'granted' AND c.granted_at >= file.since
      AND c.purpose IN ('TREAT', 'ETREAT')
      AND c.valid_from <= clock_timestamp() AND c.valid_until > clock_timestamp()
      AND (c.grantee_role IS NULL OR c.grantee_role = actor_role())
      AND (episode IS NULL OR c.episode_id IS NULL OR c.episode_id = episode)
      AND consent_covers(c.categories, c.excluded_labels, c.data_from, c.data_to,
                         category, labels, effective)
    ORDER BY c.id DESC LIMIT 1
$$;

-- Whoever acts for another does so in the open: the row says for whom. One's own file is one's
-- own, also for whoever was acted for before.
CREATE FUNCTION note_on_whose_behalf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.on_behalf_of IS NULL AND NEW.patient_id IS NOT NULL AND NEW.role = 'patient'
        AND EXISTS (SELECT FROM access WHERE account_id = NEW.account_id
            AND patient_id IN (SELECT patient_family(NEW.patient_id)) AND kind <> 'self')
        AND NOT EXISTS (SELECT FROM access WHERE account_id = NEW.account_id
            AND patient_id IN (SELECT patient_family(NEW.patient_id)) AND kind = 'self'
            AND ended_at IS NULL)
    THEN
        NEW.on_behalf_of := NEW.patient_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_on_whose_behalf BEFORE INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION note_on_whose_behalf();
