-- Who is asking: set by every transaction, read by every policy. An empty setting means nobody.
CREATE FUNCTION actor_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('shifayol.kind', true), ''), 'none');
CREATE FUNCTION actor_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('shifayol.account', true), '')::uuid;
CREATE FUNCTION actor_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('shifayol.organisation', true), '')::uuid;
CREATE FUNCTION actor_country() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('shifayol.country', true), '');
CREATE FUNCTION actor_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('shifayol.role', true), '');

-- Put a table of patient data behind row-level security. The owner may read, so that dumps and
-- SECURITY DEFINER functions work; the marketplace's own jobs see everything; all others see and
-- write what `visible` admits.
CREATE PROCEDURE protect(target regclass, visible text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('DROP POLICY IF EXISTS owner_reads ON %s', target);
    EXECUTE format('CREATE POLICY owner_reads ON %s FOR SELECT TO CURRENT_USER USING (true)', target);
    EXECUTE format('DROP POLICY IF EXISTS visible ON %s', target);
    EXECUTE format(
        'CREATE POLICY visible ON %s USING (actor_kind() = ''system'' OR (%s))', target, visible);
END $$;

-- Append-only tables: named once here, refused by a trigger even to the owner, and kept from the
-- application's role by grants.sql.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$;
CREATE PROCEDURE append_only(target regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()', target);
END $$;
CREATE PROCEDURE seal_append_only(app_role text) LANGUAGE plpgsql AS $$
DECLARE target regclass;
BEGIN
    FOR target IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'append_only' LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', target, app_role);
    END LOOP;
END $$;

-- Identity
ALTER TABLE organisation ADD CONSTRAINT organisation_kind
    CHECK (kind IN ('practice', 'facility', 'ministry', 'platform', 'payer'));
ALTER TABLE account ADD FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE RESTRICT;
ALTER TABLE membership ADD CONSTRAINT membership_role CHECK (role IN (
    'referring_doctor', 'coordinator', 'clinician', 'scheduler', 'billing',
    'ministry_officer', 'operator', 'auditor'));
CREATE UNIQUE INDEX membership_once ON membership (account_id, organisation_id, role)
    WHERE ends_at IS NULL;
ALTER TABLE session ADD CONSTRAINT session_carrier CHECK (carrier IN ('bearer', 'cookie'));
CREATE INDEX session_by_account ON session (account_id) WHERE revoked_at IS NULL;

-- Patients
ALTER TABLE access ADD CONSTRAINT access_kind CHECK (kind IN ('self', 'proxy', 'mandate'));
ALTER TABLE access ADD CONSTRAINT access_scopes
    CHECK (scopes <@ ARRAY['view', 'message', 'pay', 'accept_quote', 'consent']);
CREATE UNIQUE INDEX access_once ON access (account_id, patient_id);
CREATE INDEX access_by_patient ON access (patient_id);
CREATE UNIQUE INDEX patient_of_person ON patient (person_id);
CREATE UNIQUE INDEX care_relation_once ON care_relation (patient_id, organisation_id);
CREATE INDEX care_relation_by_organisation ON care_relation (organisation_id);

CREATE FUNCTION my_patients() RETURNS SETOF uuid LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT patient_id FROM access
        WHERE account_id = actor_account() AND (until IS NULL OR until > clock_timestamp());
    END;
CREATE FUNCTION practice_patients() RETURNS SETOF uuid LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT patient_id FROM care_relation
        WHERE organisation_id = actor_organisation()
          AND (until IS NULL OR until > clock_timestamp());
    END;

CALL protect('access', 'account_id = actor_account()');
CALL protect('care_relation',
    'organisation_id = actor_organisation() OR patient_id IN (SELECT my_patients())');
CALL protect('care_code', 'patient_id IN (SELECT my_patients())');
CALL protect('patient',
    'id IN (SELECT my_patients()) OR id IN (SELECT practice_patients())');
CALL protect('person',
    'id = (SELECT person_id FROM account WHERE id = actor_account())'
    ' OR id IN (SELECT person_id FROM patient)');

-- Keys
ALTER TABLE data_key ADD CONSTRAINT data_key_subject
    CHECK (subject_kind IN ('patient', 'person', 'payee', 'organisation'));
CREATE UNIQUE INDEX data_key_version ON data_key (subject_kind, subject_id, version);

-- Outbox and idempotency
CREATE INDEX outbox_due ON outbox_event (due_at) WHERE parked_at IS NULL;
CREATE UNIQUE INDEX idempotency_key_once ON idempotency_key (account_id, key);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

-- Audit: whoever acts writes; patients read what concerns them, auditors read all.
CREATE INDEX audit_event_by_patient ON audit_event (patient_id, at DESC)
    WHERE patient_id IS NOT NULL;
CREATE INDEX audit_event_by_time ON audit_event (at);
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON audit_event FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY written_by_all ON audit_event FOR INSERT WITH CHECK (true);
CREATE POLICY visible ON audit_event FOR SELECT USING (
    actor_kind() = 'system' OR actor_role() = 'auditor'
    OR patient_id IN (SELECT my_patients()));
CALL append_only('audit_event');
CALL append_only('audit_seal');
CREATE UNIQUE INDEX audit_seal_position ON audit_seal (chain, position);
CREATE UNIQUE INDEX audit_seal_event ON audit_seal (event_id);

CREATE FUNCTION await_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_pending (event_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER await_sealing AFTER INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION await_sealing();
