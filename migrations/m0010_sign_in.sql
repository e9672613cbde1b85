-- Roles: who pays, who dispenses. A facility's system is no member of anything.
ALTER TABLE membership DROP CONSTRAINT membership_role;
ALTER TABLE membership ADD CONSTRAINT membership_role CHECK (role IN (
    'referring_doctor', 'coordinator', 'clinician', 'scheduler', 'billing',
    'pharmacist', 'payer', 'ministry_officer', 'operator', 'auditor'));
ALTER TABLE organisation DROP CONSTRAINT organisation_kind;
ALTER TABLE organisation ADD CONSTRAINT organisation_kind
    CHECK (kind IN ('practice', 'facility', 'pharmacy', 'ministry', 'platform', 'payer'));
ALTER TABLE session ADD CONSTRAINT session_method CHECK (method IN (
    'password', 'password_totp', 'passkey', 'recovery_code', 'enrolment', 'eid', 'demo'));

-- Factors. One authenticator an account: a new one waits beside the old until its first code.
CREATE UNIQUE INDEX authenticator_once ON authenticator (account_id)
    WHERE confirmed_at IS NOT NULL;
ALTER TABLE challenge ADD CONSTRAINT challenge_purpose
    CHECK (purpose IN ('register', 'sign_in', 'step_up'));
CREATE INDEX passkey_by_account ON passkey (account_id);
CREATE INDEX recovery_code_by_account ON recovery_code (account_id);
CREATE INDEX challenge_age ON challenge (expires_at);
