-- A booking's whole life. What must precede treatment and the file's close is asked here, not only
-- where it is written.
ALTER TABLE booking DROP CONSTRAINT booking_status;
ALTER TABLE booking
    ADD CONSTRAINT booking_status CHECK (status IN (
        'held', 'pending_payment', 'awaiting_facility', 'confirmed', 'checked_in',
        'pre_op_assessed', 'in_treatment', 'extended', 'transferred_out', 'left_against_advice',
        'died', 'discharged', 'completed', 'cancelled_by_patient', 'cancelled_by_facility',
        'expired', 'no_show', 'not_treated')),
    ADD CONSTRAINT booking_assessment CHECK (
        assessment IN ('proceed', 'change_order')
        AND (assessment = 'proceed' OR status <> 'in_treatment')),
    ADD CONSTRAINT booking_consented CHECK (
        status NOT IN ('in_treatment', 'extended', 'discharged', 'completed')
        OR procedure_consent_id IS NOT NULL) NOT VALID,
    ADD CONSTRAINT booking_letter CHECK (
        status <> 'completed' OR num_nonnulls(letter_file_id, letter_reference) > 0) NOT VALID,
    ADD CONSTRAINT booking_most CHECK (max_price_minor >= price_minor),
    ADD CONSTRAINT booking_stay CHECK (discharged_at >= started_at),
    ADD CONSTRAINT booking_flight CHECK ((fit_to_fly_on IS NULL) = (discharged_at IS NULL));
DROP INDEX booking_live_once;
CREATE UNIQUE INDEX booking_live_once ON booking (episode_id) WHERE status IN (
    'held', 'pending_payment', 'awaiting_facility', 'confirmed', 'checked_in', 'pre_op_assessed',
    'in_treatment', 'extended');
CREATE INDEX booking_answers ON booking (answer_due_at) WHERE status = 'awaiting_facility';
CREATE INDEX booking_future ON booking (facility_id, starts_at, id)
    WHERE status IN ('awaiting_facility', 'confirmed');

-- Who sees a booking sees what belongs to it; what is clinical needs an access that may view.
CREATE FUNCTION booking_side(target uuid) RETURNS text LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT CASE
            WHEN b.facility_organisation_id = actor_organisation() THEN 'facility'
            WHEN b.patient_id IN (SELECT my_patients()) THEN 'patient'
            WHEN b.practice_id = actor_organisation() THEN 'practice' END
        FROM booking b WHERE b.id = booking_side.target;
    END;

ALTER TABLE procedure_consent
    ADD CONSTRAINT procedure_consent_document CHECK (octet_length(document_sha256) = 32),
    ADD CONSTRAINT procedure_consent_signed_by CHECK (
        signed_by IN ('patient', 'parent', 'guardian')),
    ADD CONSTRAINT procedure_consent_order CHECK (
        signed_at <= recorded_at AND withdrawn_at >= recorded_at);
CREATE UNIQUE INDEX procedure_consent_once ON procedure_consent (booking_id)
    WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX procedure_consent_of ON procedure_consent (id, booking_id);
ALTER TABLE booking ADD CONSTRAINT booking_own_consent
    FOREIGN KEY (procedure_consent_id, id) REFERENCES procedure_consent (id, booking_id);

ALTER TABLE complication_cover
    ADD CONSTRAINT complication_cover_dates CHECK (valid_to >= valid_from);
CREATE INDEX complication_cover_by_booking ON complication_cover (booking_id);
ALTER TABLE complication
    ADD CONSTRAINT complication_told CHECK (
        occurred_at <= recorded_at AND insurer_told_at >= occurred_at
        AND (claim_sealed IS NULL OR insurer_told_at IS NOT NULL));
CREATE INDEX complication_by_booking ON complication (booking_id);

-- What a state asks of cover for complications, from which day on; the latest rule holds.
ALTER TABLE cover_rule
    ADD CONSTRAINT cover_rule_once UNIQUE (state, valid_from),
    ADD CONSTRAINT cover_rule_days CHECK (days BETWEEN 0 AND 3650);
INSERT INTO cover_rule (id, state, valid_from, required, days, source) VALUES
    (gen_random_uuid(), 'TR', '2025-04-26', true, 30,
     'Marketplace rule beside the regulation on international health tourism of 2025-04-26');
CALL append_only('cover_rule');

ALTER TABLE change_order
    ADD CONSTRAINT change_order_kind CHECK (kind IN ('assessment', 'reschedule', 'intra_operative')),
    ADD CONSTRAINT change_order_status CHECK (
        status IN ('proposed', 'accepted', 'refused', 'withdrawn', 'recorded')),
    ADD CONSTRAINT change_order_decided CHECK ((status = 'proposed') = (decided_at IS NULL)),
    ADD CONSTRAINT change_order_variation CHECK (
        (kind = 'intra_operative') = (status = 'recorded')
        AND (kind = 'intra_operative') = (justify_by IS NOT NULL)
        AND (justified_at IS NULL) = (justification_sealed IS NULL)),
    ADD CONSTRAINT change_order_money CHECK (
        currency IN ('EUR', 'USD') AND price_minor > 0 AND max_price_minor >= price_minor);
CREATE UNIQUE INDEX change_order_open_once ON change_order (booking_id) WHERE status = 'proposed';
CREATE INDEX change_order_by_booking ON change_order (booking_id, id);

ALTER TABLE booking_item
    ADD CONSTRAINT booking_item_kind CHECK (kind IN (
        'companion', 'interpreter', 'transfer', 'stay', 'medical_transfer')),
    ADD CONSTRAINT booking_item_status CHECK (status IN ('requested', 'confirmed', 'cancelled'));
CREATE INDEX booking_item_by_booking ON booking_item (booking_id, id);

ALTER TABLE cancellation_claim
    ADD CONSTRAINT cancellation_claim_ground CHECK (
        ground IN ('visa_refused', 'medically_unfit', 'death')),
    ADD CONSTRAINT cancellation_claim_status CHECK (status IN ('claimed', 'confirmed', 'refused')),
    ADD CONSTRAINT cancellation_claim_decided CHECK (
        (status = 'claimed') = (decided_at IS NULL)
        AND (status = 'claimed') = (decided_by IS NULL)
        AND decided_by IS DISTINCT FROM claimed_by);
CREATE UNIQUE INDEX cancellation_claim_open_once ON cancellation_claim (booking_id)
    WHERE status IN ('claimed', 'confirmed');

ALTER TABLE booking_terms
    ADD FOREIGN KEY (facility_id) REFERENCES facility (id) ON DELETE RESTRICT,
    ADD CONSTRAINT booking_terms_days CHECK (answer_days BETWEEN 1 AND 10);

CALL protect('procedure_consent', 'booking_side(booking_id) IN (''facility'', ''practice'')'
    ' OR patient_id IN (SELECT my_patients_with(''view''))');
CALL protect('complication_cover', 'booking_side(booking_id) IN (''facility'', ''practice'')'
    ' OR patient_id IN (SELECT my_patients_with(''view''))');
CALL protect('complication', 'booking_side(booking_id) IN (''facility'', ''practice'')'
    ' OR patient_id IN (SELECT my_patients_with(''view''))');
CALL protect('change_order', 'booking_side(booking_id) IS NOT NULL');
CALL protect('booking_item', 'booking_side(booking_id) IS NOT NULL');
CALL protect('cancellation_claim', 'patient_id IN (SELECT my_patients())'
    ' OR facility_organisation_id = actor_organisation()'
    ' OR (actor_role() = ''operator'' AND due_at <= statement_timestamp())');
CALL restrict_writes('procedure_consent',
    'booking_side(booking_id) = ''facility''', 'booking_side(booking_id) IS NOT NULL');
CALL restrict_writes('complication_cover', 'booking_side(booking_id) <> ''practice''', 'false');
CALL restrict_writes('complication',
    'booking_side(booking_id) = ''facility''', 'booking_side(booking_id) = ''facility''');
CALL restrict_writes('change_order',
    'booking_side(booking_id) = ''facility''', 'booking_side(booking_id) <> ''practice''');
CALL restrict_writes('booking_item',
    'booking_side(booking_id) <> ''practice''', 'booking_side(booking_id) <> ''practice''');
CALL restrict_writes('cancellation_claim', 'patient_id IN (SELECT my_patients())', 'false');

-- Tasks: one open task of a kind about one thing. A facility's tasks are its own, a patient's theirs.
ALTER TABLE task
    ADD CONSTRAINT task_of_booking FOREIGN KEY (booking_id) REFERENCES booking (id)
        ON DELETE RESTRICT,
    ADD CONSTRAINT task_side CHECK (side IN ('facility', 'patient')),
    ADD CONSTRAINT task_status CHECK (status IN ('open', 'done')),
    ADD CONSTRAINT task_done CHECK ((status = 'done') = (done_at IS NOT NULL)),
    ADD CONSTRAINT task_assigned CHECK (side = 'facility' OR assignee_account_id IS NULL);
CREATE UNIQUE INDEX task_open_once ON task (booking_id, side, kind, focus_id) NULLS NOT DISTINCT
    WHERE status = 'open';
CREATE INDEX task_by_facility ON task (facility_organisation_id, due_at, id) WHERE status = 'open';
CREATE INDEX task_by_patient ON task (patient_id, due_at, id);
CALL protect('task', '(side = ''patient'' AND patient_id IN (SELECT my_patients()))'
    ' OR (side = ''facility'' AND facility_organisation_id = actor_organisation())');
CALL restrict_writes('task', 'false',
    'side = ''facility'' AND facility_organisation_id = actor_organisation()');
