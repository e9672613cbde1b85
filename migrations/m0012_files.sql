-- Files: announced, sent in parts, checked, then available; rejected or removed otherwise.
ALTER TABLE stored_file ADD CONSTRAINT stored_file_purpose
    CHECK (purpose IN ('document', 'imaging', 'evidence'));
ALTER TABLE stored_file ADD CONSTRAINT stored_file_status
    CHECK (status IN ('uploading', 'pending', 'available', 'rejected', 'deleted', 'erased'));
ALTER TABLE stored_file ADD CONSTRAINT stored_file_labels
    CHECK (labels <@ ARRAY['PSY', 'ETH', 'SDV', 'HIV', 'REPRO', 'ORIGIN']);
ALTER TABLE stored_file ADD CONSTRAINT stored_file_media_type CHECK (media_type IN (
    'application/pdf', 'image/jpeg', 'image/png', 'application/dicom', 'application/fhir+json',
    'text/xml', 'application/zip'));
ALTER TABLE stored_file ADD CONSTRAINT stored_file_size CHECK (
    size BETWEEN 1 AND CASE purpose WHEN 'imaging' THEN 4294967296 ELSE 26214400 END);
ALTER TABLE stored_file ADD CONSTRAINT stored_file_received CHECK (
    received BETWEEN 0 AND size AND (received = size OR status NOT IN ('pending', 'available')));
-- Whose it is decides under which part of a record a consent discloses it.
ALTER TABLE stored_file ADD CONSTRAINT stored_file_owner CHECK (
    CASE purpose
        WHEN 'evidence' THEN patient_id IS NULL AND organisation_id IS NOT NULL
            AND category IS NULL
        ELSE patient_id IS NOT NULL AND organisation_id IS NULL
            AND category = CASE purpose WHEN 'document' THEN 'documents' ELSE 'imaging' END
    END);
ALTER TABLE stored_file ADD CONSTRAINT stored_file_checked
    CHECK (status <> 'available' OR (checked_at IS NOT NULL AND sha256_sealed IS NOT NULL));
CREATE INDEX stored_file_by_patient ON stored_file (patient_id, id DESC)
    WHERE patient_id IS NOT NULL;
CREATE INDEX stored_file_by_organisation ON stored_file (organisation_id, id DESC)
    WHERE organisation_id IS NOT NULL;
CREATE INDEX stored_file_due ON stored_file (check_due_at) WHERE status = 'pending';
CREATE INDEX stored_file_open ON stored_file (touched_at) WHERE status = 'uploading';
CREATE UNIQUE INDEX file_part_once ON file_part (file_id, number);

-- The states that may follow each other, whoever writes: nothing comes back from being rejected.
CREATE FUNCTION follow_file_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN (
        ('uploading', 'pending'), ('uploading', 'deleted'), ('uploading', 'erased'),
        ('pending', 'available'), ('pending', 'rejected'), ('pending', 'deleted'),
        ('pending', 'erased'), ('available', 'deleted'), ('available', 'erased'),
        ('rejected', 'deleted'), ('rejected', 'erased'), ('deleted', 'erased')
    ) THEN
        RAISE EXCEPTION 'a file does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_file_transition';
    END IF;
    -- Only the marketplace judges.
    IF NEW.status IN ('available', 'rejected', 'erased') AND actor_kind() <> 'system' THEN
        RAISE EXCEPTION 'only a check settles a file'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_file_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follow_file_states BEFORE UPDATE OF status ON stored_file
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION follow_file_states();

-- Consent shows what is available, never what is being sent or was refused; evidence is seen by
-- its organisation and by the officers of the state that lists it.
CALL protect('stored_file',
    'patient_id IN (SELECT my_patients()) OR patient_id IN (SELECT practice_patients())'
    ' OR (patient_id IS NOT NULL AND status = ''available'' AND consent_permits(patient_id,'
    ' actor_organisation(), category, labels, effective_at) IS NOT NULL)'
    ' OR organisation_id = actor_organisation()'
    ' OR (organisation_id IS NOT NULL AND actor_role() = ''ministry_officer'''
    ' AND home_state = actor_country())');
CREATE POLICY brought_by_owners ON stored_file AS RESTRICTIVE FOR INSERT WITH CHECK (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients())
    OR patient_id IN (SELECT practice_patients()) OR organisation_id = actor_organisation());
CREATE POLICY changed_by_owners ON stored_file AS RESTRICTIVE FOR UPDATE USING (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients())
    OR patient_id IN (SELECT practice_patients()) OR organisation_id = actor_organisation());
CREATE POLICY never_deleted ON stored_file AS RESTRICTIVE FOR DELETE USING (
    actor_kind() = 'system');

CALL protect('file_part', 'file_id IN (SELECT id FROM stored_file)');
-- Parts come and go while a file arrives; afterwards only the marketplace touches them.
CREATE FUNCTION my_open_uploads() RETURNS SETOF uuid LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT id FROM stored_file
        WHERE writer IS NOT NULL AND (patient_id IN (SELECT my_patients())
            OR patient_id IN (SELECT practice_patients())
            OR organisation_id = actor_organisation());
    END;
CREATE POLICY sent_by_owners ON file_part AS RESTRICTIVE FOR INSERT WITH CHECK (
    actor_kind() = 'system' OR file_id IN (SELECT my_open_uploads()));
CREATE POLICY replaced_by_owners ON file_part AS RESTRICTIVE FOR DELETE USING (
    actor_kind() = 'system' OR file_id IN (SELECT my_open_uploads()));
CREATE POLICY never_changed ON file_part AS RESTRICTIVE FOR UPDATE USING (
    actor_kind() = 'system');
