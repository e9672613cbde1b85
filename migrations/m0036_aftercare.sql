-- Who looks after a patient at home: one plan that stands for a booking.
ALTER TABLE aftercare_plan
    ADD FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (organisation_id) REFERENCES organisation (id) ON DELETE RESTRICT,
    ADD CONSTRAINT aftercare_plan_status CHECK (
        status IN ('asked', 'accepted', 'declined', 'stated', 'replaced')),
    ADD CONSTRAINT aftercare_plan_provider CHECK (
        num_nonnulls(organisation_id, provider_sealed) = 1
        AND (status IN ('asked', 'accepted', 'declined')) <= (organisation_id IS NOT NULL)
        AND (status = 'stated') <= (provider_sealed IS NOT NULL)),
    ADD CONSTRAINT aftercare_plan_answered CHECK (
        (status IN ('accepted', 'declined')) <= (answered_at IS NOT NULL));
CREATE UNIQUE INDEX aftercare_plan_once ON aftercare_plan (booking_id)
    WHERE status IN ('asked', 'accepted', 'stated');
CREATE INDEX aftercare_plan_by_organisation ON aftercare_plan (organisation_id, asked_at DESC);

-- Runs as the owner: who was asked to look after a patient need not see the booking.
CREATE FUNCTION looks_after(booking uuid) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM aftercare_plan p WHERE p.booking_id = looks_after.booking
        AND p.organisation_id = actor_organisation() AND p.status = 'accepted')
$$;

ALTER TABLE aftercare_visit
    ADD FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE RESTRICT,
    ADD CONSTRAINT aftercare_visit_day CHECK (day BETWEEN 0 AND 3650),
    ADD CONSTRAINT aftercare_visit_reported CHECK (
        (reported_at IS NULL) = (report_sealed IS NULL)
        AND (reported_at IS NULL) = (visited_on IS NULL)),
    ADD CONSTRAINT aftercare_visit_once UNIQUE (booking_id, day);
CREATE INDEX aftercare_visit_due ON aftercare_visit (due_on)
    WHERE told_at IS NULL AND reported_at IS NULL;

ALTER TABLE aftercare_question
    ADD FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE RESTRICT,
    ADD CONSTRAINT aftercare_question_answered CHECK (
        (answered_at IS NULL) = (answer_sealed IS NULL));
CREATE INDEX aftercare_question_by_booking ON aftercare_question (booking_id, id);

CALL protect('aftercare_plan', 'patient_id IN (SELECT my_patients_with(''view''))'
    ' OR booking_side(booking_id) IN (''facility'', ''practice'')'
    ' OR organisation_id = actor_organisation()');
CALL protect('aftercare_visit', 'patient_id IN (SELECT my_patients_with(''view''))'
    ' OR booking_side(booking_id) IN (''facility'', ''practice'') OR looks_after(booking_id)');
CALL protect('aftercare_question', 'patient_id IN (SELECT my_patients_with(''view''))'
    ' OR booking_side(booking_id) IN (''facility'', ''practice'')');
CALL restrict_writes('aftercare_plan', 'patient_id IN (SELECT my_patients_with(''view''))',
    'patient_id IN (SELECT my_patients_with(''view'')) OR organisation_id = actor_organisation()');
CALL restrict_writes('aftercare_visit', 'false',
    'patient_id IN (SELECT my_patients_with(''view''))'
    ' OR booking_side(booking_id) = ''facility'' OR looks_after(booking_id)');
CALL restrict_writes('aftercare_question', 'patient_id IN (SELECT my_patients_with(''view''))',
    'booking_side(booking_id) = ''facility''');
