-- Systems of facilities. A retired key is never registered again, nor its name for another one.
ALTER TABLE client ADD CONSTRAINT client_scopes CHECK (
    cardinality(scopes) > 0 AND scopes <@ ARRAY['offers:write', 'availability:read',
        'availability:write', 'bookings:read', 'bookings:write']);
CREATE INDEX client_by_organisation ON client (organisation_id) WHERE revoked_at IS NULL;
ALTER TABLE client_key
    ADD CONSTRAINT client_key_name_once UNIQUE (client_id, kid),
    ADD CONSTRAINT client_key_once UNIQUE (client_id, thumbprint),
    ADD CONSTRAINT client_key_public CHECK (NOT jwk ?| ARRAY['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth']);
ALTER TABLE client_token ADD CONSTRAINT client_token_ends
    CHECK (expires_at <= issued_at + interval '10 minutes');
CREATE INDEX client_token_age ON client_token (expires_at);
-- An assertion is good for one token, whoever sends it twice and however fast.
ALTER TABLE client_assertion ADD CONSTRAINT client_assertion_once UNIQUE (client_id, jti_hash);
CREATE INDEX client_assertion_age ON client_assertion (expires_at);
CREATE INDEX booking_changes ON booking (facility_id, updated_at, id);

-- Which system is asking, and what it was let do.
CREATE FUNCTION actor_client() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('shifayol.client', true), '')::uuid;
CREATE FUNCTION actor_scopes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(coalesce(current_setting('shifayol.scopes', true), ''), ' ');

-- What is protected is closed to systems, also where their organisation would open it to its people;
-- `to_clients` says what a table shows them all the same.
DROP PROCEDURE protect(regclass, text);
CREATE PROCEDURE protect(target regclass, visible text, to_clients text DEFAULT 'false')
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('DROP POLICY IF EXISTS owner_reads ON %s', target);
    EXECUTE format('CREATE POLICY owner_reads ON %s FOR SELECT TO CURRENT_USER USING (true)', target);
    EXECUTE format('DROP POLICY IF EXISTS visible ON %s', target);
    EXECUTE format('CREATE POLICY visible ON %s USING (actor_kind() = ''system'''
        ' OR (actor_kind() <> ''client'' AND (%s)) OR (actor_kind() = ''client'' AND (%s)))',
        target, visible, to_clients);
END $$;
DO $$
DECLARE policy record;
BEGIN
    FOR policy IN SELECT schemaname, tablename, qual FROM pg_policies WHERE policyname = 'visible' LOOP
        EXECUTE format('ALTER POLICY visible ON %I.%I USING (actor_kind() = ''system'''
            ' OR (actor_kind() <> ''client'' AND (%s)))',
            policy.schemaname, policy.tablename, policy.qual);
    END LOOP;
END $$;

-- A system sees its facility's bookings, which name no patient but by number, once they are paid;
-- it moves them with the scope to do so.
CALL protect('booking',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()'
    ' OR (facility_organisation_id = actor_organisation()'
    '     AND status NOT IN (''held'', ''pending_payment'', ''expired''))',
    'facility_organisation_id = actor_organisation()'
    ' AND status NOT IN (''held'', ''pending_payment'', ''expired'')'
    ' AND actor_scopes() && ARRAY[''bookings:read'', ''bookings:write'']');
ALTER POLICY updates ON booking USING (
    actor_kind() = 'system' OR patient_id IN (SELECT my_patients())
    OR (facility_organisation_id = actor_organisation()
        AND (actor_kind() <> 'client' OR 'bookings:write' = ANY (actor_scopes()))));
CALL protect('booking_transition',
    'EXISTS (SELECT 1 FROM booking b WHERE b.id = booking_id)',
    '''bookings:write'' = ANY (actor_scopes())'
    ' AND EXISTS (SELECT 1 FROM booking b WHERE b.id = booking_id)');

-- Nobody writes into the audit trail in another's name, neither a person's nor a system's.
ALTER POLICY written_by_who_acts ON audit_event WITH CHECK (
    actor_kind() = 'system' OR (account_id IS NOT DISTINCT FROM actor_account()
        AND client_id IS NOT DISTINCT FROM actor_client()));
