-- One live access an account and patient; what has ended stays as history.
DROP INDEX access_once;
CREATE UNIQUE INDEX access_once ON access (account_id, patient_id) WHERE ended_at IS NULL;
ALTER TABLE access ADD CONSTRAINT access_how_given
    CHECK (how_given IN ('own_device', 'qr_at_desk', 'witnessed_paper', 'parent'));
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

-- The patients whose files the actor may act on with this scope.
CREATE FUNCTION my_patients_with(scope text) RETURNS SETOF uuid LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT patient_id FROM access
        WHERE account_id = actor_account() AND my_patients_with.scope = ANY (scopes)
          AND ended_at IS NULL AND (until IS NULL OR until > clock_timestamp());
    END;

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

-- Whoever acts for another does so in the open: the row says for whom.
CREATE FUNCTION note_on_whose_behalf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.on_behalf_of IS NULL AND NEW.patient_id IS NOT NULL AND NEW.role = 'patient'
        AND EXISTS (SELECT FROM access WHERE account_id = NEW.account_id
            AND patient_id = NEW.patient_id AND kind <> 'self')
    THEN
        NEW.on_behalf_of := NEW.patient_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_on_whose_behalf BEFORE INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION note_on_whose_behalf();
