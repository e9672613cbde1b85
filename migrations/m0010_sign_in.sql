-- Roles: who pays, who dispenses. A facility's system is no member of anything.
ALTER TABLE membership DROP CONSTRAINT membership_role;
ALTER TABLE membership ADD CONSTRAINT membership_role CHECK (role IN (
    'referring_doctor', 'coordinator', 'clinician', 'scheduler', 'billing',
    'pharmacist', 'payer', 'ministry_officer', 'operator', 'auditor'));
ALTER TABLE organisation DROP CONSTRAINT organisation_kind;
ALTER TABLE organisation ADD CONSTRAINT organisation_kind
    CHECK (kind IN ('practice', 'facility', 'pharmacy', 'ministry', 'platform', 'payer'));
ALTER TABLE session ADD CONSTRAINT session_method CHECK (method IN (
    'password', 'password_totp', 'passkey', 'recovery_code', 'eid', 'demo'));
