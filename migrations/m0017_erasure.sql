-- Erasure: once at a time, by two people who did not ask for it.
ALTER TABLE erasure ADD CONSTRAINT erasure_status
    CHECK (status IN ('asked', 'reviewed', 'confirmed', 'done', 'refused', 'withdrawn'));
ALTER TABLE erasure ADD CONSTRAINT erasure_four_eyes CHECK (
    reviewed_by IS DISTINCT FROM asked_by AND confirmed_by IS DISTINCT FROM asked_by
    AND (confirmed_by IS NULL OR confirmed_by <> reviewed_by));
ALTER TABLE erasure ADD CONSTRAINT erasure_decided_by_two CHECK (
    status NOT IN ('confirmed', 'done') OR (reviewed_by IS NOT NULL AND confirmed_by IS NOT NULL));
ALTER TABLE erasure ADD CONSTRAINT erasure_done CHECK ((status = 'done') = (done_at IS NOT NULL));
CREATE UNIQUE INDEX erasure_once ON erasure (patient_id)
    WHERE status IN ('asked', 'reviewed', 'confirmed');
CALL protect('erasure',
    'patient_id IN (SELECT my_patients()) OR actor_role() IN (''operator'', ''auditor'')');
CREATE POLICY asked_by_own_side ON erasure AS RESTRICTIVE FOR INSERT WITH CHECK (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients()));
CREATE POLICY never_deleted ON erasure AS RESTRICTIVE FOR DELETE USING (false);

CREATE UNIQUE INDEX legal_hold_once ON legal_hold (patient_id, authority, reference)
    WHERE lifted_at IS NULL;
CREATE INDEX legal_hold_by_patient ON legal_hold (patient_id);
CALL protect('legal_hold',
    '(actor_role() = ''ministry_officer'' AND home_state = actor_country())'
    ' OR actor_role() IN (''operator'', ''auditor'')');
CREATE POLICY kept_by_officers ON legal_hold AS RESTRICTIVE FOR UPDATE USING (
    actor_kind() = 'system' OR actor_role() = 'ministry_officer');
CREATE POLICY placed_by_officers ON legal_hold AS RESTRICTIVE FOR INSERT WITH CHECK (
    actor_kind() = 'system' OR actor_role() = 'ministry_officer');
CREATE POLICY never_deleted ON legal_hold AS RESTRICTIVE FOR DELETE USING (false);

-- A patient may not read who ordered a hold, only that there is one; it holds whatever was merged.
CREATE FUNCTION on_legal_hold(of_patient uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    BEGIN ATOMIC
        SELECT EXISTS (SELECT FROM legal_hold
            WHERE patient_id IN (SELECT patient_family(of_patient)) AND lifted_at IS NULL);
    END;

-- The last guard: while a hold stands, the keys of the patient and of the person cannot go.
CREATE FUNCTION keep_held_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.subject_kind = 'patient' AND on_legal_hold(OLD.subject_id))
        OR (OLD.subject_kind = 'person' AND EXISTS (
            SELECT FROM patient WHERE person_id = OLD.subject_id AND on_legal_hold(id)))
    THEN
        RAISE EXCEPTION 'the data of % % is under a legal hold', OLD.subject_kind, OLD.subject_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'legal_hold_stops_erasure';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep_held_keys BEFORE DELETE ON data_key
    FOR EACH ROW EXECUTE FUNCTION keep_held_keys();
