-- Letters: one of a booking holds at a time. The marketplace alone issues and revokes them.
ALTER TABLE letter
    ADD CONSTRAINT letter_digest CHECK (octet_length(pdf_sha256) = 32),
    ADD CONSTRAINT letter_languages CHECK (cardinality(languages) = 2),
    ADD CONSTRAINT letter_revoked CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL));
CREATE UNIQUE INDEX letter_once ON letter (booking_id) WHERE revoked_at IS NULL;
CREATE INDEX letter_by_patient ON letter (patient_id);
CALL protect('letter', 'patient_id IN (SELECT my_patients_with(''view''))');
CALL restrict_writes('letter', 'false', 'false');
