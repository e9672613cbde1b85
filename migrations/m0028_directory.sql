-- Imports of registers: what a file proposes, seen by the officers of its states and operators.
ALTER TABLE register_import
    ADD CONSTRAINT register_import_format CHECK (format IN ('tr-moh', 'hu-neak', 'ror')),
    ADD CONSTRAINT register_import_status CHECK (status IN ('proposed', 'applied', 'discarded')),
    ADD CONSTRAINT register_import_file CHECK (octet_length(file_sha256) = 32),
    ADD CONSTRAINT register_import_states CHECK (cardinality(states) > 0),
    ADD CONSTRAINT register_import_decided CHECK (
        (status = 'proposed') = (decided_at IS NULL)
        AND (status <> 'proposed' OR decided_by IS NULL)),
    ADD CONSTRAINT register_import_applied CHECK (
        rows_applied BETWEEN 0 AND rows_new + rows_changed + rows_gone
        AND (status = 'applied' OR rows_applied = 0));
CALL protect('register_import',
    'actor_role() = ''operator'''
    ' OR (actor_role() = ''ministry_officer'' AND states <@ ARRAY[actor_country()])');
CREATE POLICY never_deleted ON register_import AS RESTRICTIVE FOR DELETE USING (false);

ALTER TABLE register_change
    ADD CONSTRAINT register_change_kind CHECK (kind IN ('new', 'changed', 'gone', 'refused')),
    ADD CONSTRAINT register_change_outcome CHECK (outcome IN ('applied', 'left_out', 'refused')),
    ADD CONSTRAINT register_change_shape CHECK (CASE kind
        WHEN 'new' THEN source_key IS NOT NULL AND entry IS NOT NULL AND facility_id IS NULL
        WHEN 'changed' THEN source_key IS NOT NULL AND entry IS NOT NULL AND facility_id IS NOT NULL
        WHEN 'gone' THEN source_key IS NOT NULL AND entry IS NULL AND facility_id IS NOT NULL
        ELSE line IS NOT NULL AND reason IS NOT NULL AND outcome IS NULL END),
    ADD CONSTRAINT register_change_once UNIQUE (import_id, source_key);
CREATE INDEX register_change_by_import ON register_change (import_id, id);
CALL protect('register_change', 'import_id IN (SELECT id FROM register_import)');
CREATE POLICY never_deleted ON register_change AS RESTRICTIVE FOR DELETE USING (false);

CREATE INDEX facility_gone ON facility (jurisdiction, id) WHERE register_gone_at IS NOT NULL;
