-- Who waits: a patient once for an offer. Nobody sees who else does.
ALTER TABLE waitlist_entry
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (episode_id) REFERENCES episode (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE RESTRICT,
    ADD CONSTRAINT waitlist_entry_status CHECK (
        status IN ('waiting', 'offered', 'taken', 'left', 'lapsed')),
    ADD CONSTRAINT waitlist_entry_window CHECK (last_day >= first_day),
    ADD CONSTRAINT waitlist_entry_missed CHECK (missed >= 0),
    ADD CONSTRAINT waitlist_entry_offered CHECK (
        (status = 'waiting') <= (booking_id IS NULL)
        AND (status IN ('offered', 'taken')) <= (booking_id IS NOT NULL));
CREATE UNIQUE INDEX waitlist_once ON waitlist_entry (offer_id, patient_id)
    WHERE status IN ('waiting', 'offered');
CREATE INDEX waitlist_order ON waitlist_entry (offer_id, queued_at, id) WHERE status = 'waiting';
CREATE INDEX waitlist_by_patient ON waitlist_entry (patient_id);
CREATE UNIQUE INDEX waitlist_by_booking ON waitlist_entry (booking_id) WHERE booking_id IS NOT NULL;
CALL protect('waitlist_entry', 'patient_id IN (SELECT my_patients())');
CALL restrict_writes('waitlist_entry', 'patient_id IN (SELECT my_patients())', 'false');
