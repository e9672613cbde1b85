-- Mailed links and invitations.
ALTER TABLE mail_link ADD CONSTRAINT mail_link_purpose
    CHECK (purpose IN ('register', 'reset_password', 'change_email', 'invitation'));
CREATE INDEX mail_link_by_address ON mail_link (email_index, created_at);
CREATE INDEX mail_link_age ON mail_link (expires_at);
CREATE UNIQUE INDEX invitation_once ON invitation (organisation_id, email_index, role)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
ALTER TABLE invitation ADD CONSTRAINT invitation_role CHECK (role IN (
    'referring_doctor', 'coordinator', 'clinician', 'scheduler', 'billing',
    'pharmacist', 'payer', 'ministry_officer', 'operator', 'auditor'));

-- Licences: who was appointed before they were verified keeps the role, the others wait.
UPDATE membership SET licence_verified_at = starts_at
    WHERE role IN ('referring_doctor', 'clinician', 'pharmacist');
CREATE FUNCTION licence_waits(m membership) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN m.role IN ('referring_doctor', 'clinician', 'pharmacist')
        AND m.licence_verified_at IS NULL;
ALTER TABLE membership ADD CONSTRAINT membership_licence_number
    CHECK (licence_verified_by IS NULL
        OR (licence_number IS NOT NULL AND licence_register IS NOT NULL));
ALTER TABLE membership ADD CONSTRAINT membership_verified_by_another
    CHECK (licence_verified_by IS DISTINCT FROM account_id OR licence_verified_by IS NULL);

-- Reads of clinical content, for the alarm about who reads far more than usual.
CREATE FUNCTION is_record_read(action text) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN action IN ('records.read_section', 'records.read_shared', 'records.show_record',
        'files.read', 'referrals.show');
CREATE INDEX audit_event_reads ON audit_event (account_id, at)
    WHERE is_record_read(action) AND organisation_id IS NOT NULL;
