-- What facilities say of themselves. Pictures lie in the object store; a row names them.
ALTER TABLE facility_profile
    ADD CONSTRAINT facility_profile_of FOREIGN KEY (id) REFERENCES facility (id) ON DELETE RESTRICT,
    ADD CONSTRAINT facility_profile_accessibility CHECK (accessibility <@ ARRAY[
        'step_free_entrance', 'lift', 'accessible_toilet', 'accessible_parking', 'wheelchairs',
        'braille_signs', 'hearing_loop', 'sign_language', 'assistance_dogs']);
ALTER TABLE facility_photo
    ADD CONSTRAINT facility_photo_position CHECK (position BETWEEN 1 AND 12),
    ADD CONSTRAINT facility_photo_size CHECK (width BETWEEN 1 AND 1280 AND height > 0),
    ADD CONSTRAINT facility_photo_described CHECK (jsonb_typeof(alt) = 'object' AND alt <> '{}');
CREATE INDEX facility_photo_by_facility ON facility_photo (facility_id, position);
CREATE INDEX affiliation_by_facility ON affiliation (facility_id);
CREATE TRIGGER of_one_that_stands BEFORE INSERT ON facility_photo
    FOR EACH ROW EXECUTE FUNCTION facility_stands_for_itself('facility_id');
