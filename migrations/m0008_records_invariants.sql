-- Consents
ALTER TABLE consent ADD CONSTRAINT consent_status
    CHECK (status IN ('requested', 'granted', 'denied', 'suspended', 'revoked'));
ALTER TABLE consent ADD CONSTRAINT consent_purpose
    CHECK (purpose IN ('TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT', 'HRESCH'));
ALTER TABLE consent ADD CONSTRAINT consent_access_mode CHECK (access_mode IN ('view', 'copy'));
ALTER TABLE consent ADD CONSTRAINT consent_how_given
    CHECK (how_given IN ('own_device', 'qr_at_desk', 'witnessed_paper'));
ALTER TABLE consent ADD CONSTRAINT consent_labels
    CHECK (excluded_labels <@ ARRAY['PSY', 'ETH', 'SDV', 'HIV', 'REPRO', 'ORIGIN']);
ALTER TABLE consent ADD CONSTRAINT consent_names_something CHECK (cardinality(categories) > 0);
ALTER TABLE consent ADD CONSTRAINT consent_period CHECK (valid_from < valid_until);
ALTER TABLE consent ADD CONSTRAINT consent_data_period CHECK (data_from <= data_to);
-- Months are counted in UTC: the sum must not depend on who asks.
ALTER TABLE consent ADD CONSTRAINT consent_at_most_a_year CHECK (
    valid_until AT TIME ZONE 'UTC' <= valid_from AT TIME ZONE 'UTC' + interval '12 months');
-- Whoever may read under it was shown the words, and their hash is kept.
ALTER TABLE consent ADD CONSTRAINT consent_signed CHECK (
    status IN ('requested', 'denied', 'revoked')
    OR (signature_sha256 IS NOT NULL AND text_sealed IS NOT NULL AND granted_at IS NOT NULL
        AND text_version IS NOT NULL AND language IS NOT NULL AND how_given IS NOT NULL));
CREATE INDEX consent_by_patient ON consent (patient_id, grantee_organisation_id);
CREATE INDEX consent_by_grantee ON consent (grantee_organisation_id);
CREATE INDEX consent_by_requester ON consent (requesting_organisation_id);
CREATE INDEX consent_by_episode ON consent (episode_id) WHERE episode_id IS NOT NULL;
CREATE UNIQUE INDEX consent_transition_version ON consent_transition (consent_id, version);

CALL protect('consent',
    'patient_id IN (SELECT my_patients())'
    ' OR requesting_organisation_id = actor_organisation()'
    ' OR (grantee_organisation_id = actor_organisation() AND granted_at IS NOT NULL)');
-- Seeing a consent is not deciding about it: only the patient's side writes, and a practice asks.
CREATE POLICY asked_by_carers ON consent AS RESTRICTIVE FOR INSERT WITH CHECK (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients())
    OR (requesting_organisation_id = actor_organisation()
        AND patient_id IN (SELECT practice_patients()) AND status = 'requested'));
CREATE POLICY decided_by_patient ON consent AS RESTRICTIVE FOR UPDATE USING (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients()));
CREATE POLICY never_deleted ON consent AS RESTRICTIVE FOR DELETE USING (actor_kind() = 'system');

CALL protect('consent_transition', 'consent_id IN (SELECT id FROM consent)');
CALL append_only('consent_transition');

-- Whether an entry lies within the terms of a consent. An entry without a date lies in no period.
CREATE FUNCTION consent_covers(
    categories text[], excluded_labels text[], data_from timestamptz, data_to timestamptz,
    category text, labels text[], effective timestamptz
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(category = ANY (categories), false)
    AND NOT coalesce(labels, '{}') && coalesce(excluded_labels, '{}')
    AND (data_from IS NULL OR coalesce(effective >= data_from, false))
    AND (data_to IS NULL OR coalesce(effective <= data_to, false));

-- The newest consent that lets an organisation read an entry now, or null: the default is no.
-- Published for other rooms and for row policies; runs as the owner, since whoever asks need not
-- see the consent. `domain.consents.rules.decide` is the same decision in Python.
CREATE FUNCTION consent_permits(
    patient uuid, organisation uuid, category text, labels text[], effective timestamptz,
    episode uuid DEFAULT NULL
) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id FROM consent c
    WHERE c.patient_id = patient
      AND c.grantee_organisation_id = organisation
      AND c.status = 'granted'
      AND c.purpose IN ('TREAT', 'ETREAT')
      AND c.valid_from <= clock_timestamp() AND c.valid_until > clock_timestamp()
      AND (c.grantee_role IS NULL OR c.grantee_role = actor_role())
      AND (episode IS NULL OR c.episode_id IS NULL OR c.episode_id = episode)
      AND consent_covers(c.categories, c.excluded_labels, c.data_from, c.data_to,
                         category, labels, effective)
    ORDER BY c.id DESC LIMIT 1
$$;

-- Records
ALTER TABLE record_entry ADD CONSTRAINT record_entry_category CHECK (category IN (
    'problems', 'allergies', 'medications', 'immunizations', 'results', 'procedures', 'devices',
    'advance-directives', 'alerts', 'functional-status', 'past-problems', 'pregnancy',
    'patient-story', 'care-plan', 'social-history', 'vital-signs', 'documents', 'imaging'));
ALTER TABLE record_entry ADD CONSTRAINT record_entry_status
    CHECK (status IN ('current', 'superseded', 'entered_in_error'));
ALTER TABLE record_entry ADD CONSTRAINT record_entry_labels
    CHECK (labels <@ ARRAY['PSY', 'ETH', 'SDV', 'HIV', 'REPRO', 'ORIGIN']);
ALTER TABLE record_entry ADD FOREIGN KEY (import_id) REFERENCES record_import (id)
    ON DELETE RESTRICT;
CREATE INDEX record_entry_newest ON record_entry
    (patient_id, category, coalesce(effective_at, '-infinity') DESC, id DESC)
    WHERE status = 'current';
CREATE UNIQUE INDEX record_entry_once ON record_entry (patient_id, category, body_index)
    WHERE status = 'current';
CREATE INDEX record_entry_by_code ON record_entry (patient_id, code_index);
CREATE UNIQUE INDEX record_import_once ON record_import (patient_id, sha256);

CALL protect('record_import',
    'patient_id IN (SELECT my_patients()) OR patient_id IN (SELECT practice_patients())');
CALL protect('record_entry',
    'patient_id IN (SELECT my_patients()) OR patient_id IN (SELECT practice_patients())'
    ' OR consent_permits(patient_id, actor_organisation(), category, labels, effective_at)'
    ' IS NOT NULL');
-- A consent lets read, never write.
CREATE POLICY brought_by_carers ON record_entry AS RESTRICTIVE FOR INSERT WITH CHECK (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients())
    OR patient_id IN (SELECT practice_patients()));
CREATE POLICY changed_by_carers ON record_entry AS RESTRICTIVE FOR UPDATE USING (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients())
    OR patient_id IN (SELECT practice_patients()));
CREATE POLICY erased_by_system ON record_entry AS RESTRICTIVE FOR DELETE USING (
    actor_kind() = 'system');
