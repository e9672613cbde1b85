-- Availability ---------------------------------------------------------------------------------
ALTER TABLE affiliation ADD FOREIGN KEY (facility_id) REFERENCES facility (id) ON DELETE RESTRICT;
ALTER TABLE resource_pool
    ADD FOREIGN KEY (facility_id) REFERENCES facility (id) ON DELETE RESTRICT,
    ADD CONSTRAINT resource_pool_kind CHECK (kind IN ('practitioner', 'room', 'device', 'bed')),
    ADD CONSTRAINT resource_pool_person CHECK ((kind = 'practitioner') = (practitioner_id IS NOT NULL));
CREATE UNIQUE INDEX resource_pool_name ON resource_pool (facility_id, kind, name);
CREATE UNIQUE INDEX resource_lane ON resource (pool_id, lane);
CREATE UNIQUE INDEX practitioner_licence ON practitioner (licence_state, licence_number);
CREATE UNIQUE INDEX affiliation_once ON affiliation (practitioner_id, facility_id) WHERE until IS NULL;
ALTER TABLE opening_rule
    ADD CONSTRAINT opening_rule_minutes CHECK (minutes BETWEEN 1 AND 1440),
    ADD CONSTRAINT opening_rule_dates CHECK (valid_until IS NULL OR valid_until >= valid_from);
CREATE INDEX opening_rule_by_pool ON opening_rule (pool_id);
ALTER TABLE opening_exception
    ADD CONSTRAINT opening_exception_minutes CHECK (minutes BETWEEN 0 AND 1440),
    ADD CONSTRAINT opening_exception_hours CHECK ((opens IS NULL) = (minutes = 0));
CREATE UNIQUE INDEX opening_exception_day ON opening_exception (pool_id, day, opens) NULLS NOT DISTINCT;
ALTER TABLE offer_need
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE RESTRICT,
    ADD CONSTRAINT offer_need_bounds CHECK (
        before_minutes BETWEEN 0 AND 1440 AND after_minutes BETWEEN 0 AND 1440
        AND nights BETWEEN 0 AND 365);
CREATE UNIQUE INDEX offer_need_once ON offer_need (offer_id, pool_id);

-- The single truth about taken time. It names no patient, so any patient's hold may clear another's
-- expired one; the constraint, not the code, sells each stretch of a resource once.
ALTER TABLE reservation
    ADD CONSTRAINT reservation_status CHECK (
        status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked', 'released', 'expired')),
    ADD CONSTRAINT reservation_order CHECK (ends_at > starts_at),
    ADD CONSTRAINT reservation_hold CHECK ((status IN ('held', 'pending')) <= (hold_until IS NOT NULL)),
    ADD CONSTRAINT reservation_no_overlap EXCLUDE USING gist (
        resource_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked'));
CREATE INDEX reservation_by_booking ON reservation (booking_id);

-- Cases and bookings ---------------------------------------------------------------------------
ALTER TABLE care_case
    ADD FOREIGN KEY (patient_id) REFERENCES patient (id) ON DELETE RESTRICT,
    ADD CONSTRAINT care_case_urgency CHECK (urgency IN ('routine', 'urgent', 'emergency')),
    ADD CONSTRAINT care_case_funding CHECK (funding IN (
        'self', 'third_party', 'insurer', 'state_commission', 'bilateral_quota', 'charity'));
ALTER TABLE episode
    ADD FOREIGN KEY (patient_id) REFERENCES patient (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (facility_id) REFERENCES facility (id) ON DELETE RESTRICT,
    ADD CONSTRAINT episode_status CHECK (status IN ('open', 'chosen', 'not_selected', 'ended'));
CREATE UNIQUE INDEX episode_facility_once ON episode (case_id, facility_id);
CREATE INDEX episode_by_patient ON episode (patient_id);
CREATE INDEX episode_by_organisation ON episode (facility_organisation_id, shared_at);
CREATE INDEX care_case_by_patient ON care_case (patient_id);

CREATE FUNCTION at_most_four_episodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('case:' || NEW.case_id, 7));
    IF (SELECT count(*) FROM episode WHERE case_id = NEW.case_id) >= 4 THEN
        RAISE EXCEPTION 'a case has at most four episodes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_at_most_four_episodes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER at_most_four BEFORE INSERT ON episode
    FOR EACH ROW EXECUTE FUNCTION at_most_four_episodes();

ALTER TABLE booking
    ADD FOREIGN KEY (patient_id) REFERENCES patient (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (facility_id) REFERENCES facility (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE RESTRICT,
    ADD CONSTRAINT booking_status CHECK (status IN (
        'held', 'pending_payment', 'awaiting_facility', 'confirmed', 'checked_in', 'in_treatment',
        'discharged', 'completed', 'cancelled_by_patient', 'cancelled_by_facility', 'expired',
        'no_show')),
    ADD CONSTRAINT booking_mode CHECK (mode IN ('instant', 'on_request')),
    ADD CONSTRAINT booking_times CHECK (ends_at > starts_at),
    ADD CONSTRAINT booking_hold CHECK (
        (status IN ('held', 'pending_payment')) <= (hold_until IS NOT NULL)),
    ADD CONSTRAINT booking_money CHECK (
        currency IN ('EUR', 'USD') AND price_minor > 0 AND deposit_minor BETWEEN 1 AND price_minor);
CREATE UNIQUE INDEX booking_live_once ON booking (episode_id) WHERE status IN (
    'held', 'pending_payment', 'awaiting_facility', 'confirmed', 'checked_in', 'in_treatment');
CREATE INDEX booking_by_patient ON booking (patient_id, created_at DESC);
CREATE INDEX booking_by_organisation ON booking (facility_organisation_id, starts_at);
CREATE INDEX booking_holds ON booking (hold_until) WHERE status IN ('held', 'pending_payment');
CREATE INDEX booking_transition_by_booking ON booking_transition (booking_id);

-- Money ----------------------------------------------------------------------------------------
ALTER TABLE payment
    ADD FOREIGN KEY (episode_id) REFERENCES episode (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE RESTRICT,
    ADD CONSTRAINT payment_status CHECK (status IN (
        'created', 'requires_action', 'authorized', 'captured', 'partially_refunded', 'refunded',
        'canceled', 'expired', 'failed')),
    ADD CONSTRAINT payment_purpose CHECK (purpose IN ('deposit', 'balance')),
    ADD CONSTRAINT payment_amounts CHECK (
        amount_minor BETWEEN 1 AND 999999999999 AND refunded_minor BETWEEN 0 AND amount_minor);
CREATE UNIQUE INDEX payment_open_once ON payment (booking_id, purpose)
    WHERE status IN ('created', 'requires_action', 'authorized');
CREATE INDEX payment_by_episode ON payment (episode_id);
ALTER TABLE refund
    ADD CONSTRAINT refund_status CHECK (status IN (
        'requested', 'approved', 'submitted', 'pending', 'succeeded', 'failed', 'canceled')),
    ADD CONSTRAINT refund_amount CHECK (amount_minor > 0);
CREATE INDEX refund_by_payment ON refund (payment_id);
ALTER TABLE provider_event ADD CONSTRAINT provider_event_status
    CHECK (status IN ('received', 'processed', 'ignored'));
ALTER TABLE demo_intent ADD CONSTRAINT demo_intent_status
    CHECK (status IN ('requires_payment_method', 'succeeded', 'canceled'));

CREATE FUNCTION refunds_within_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The row lock makes rivals wait, so the sum below includes them.
    PERFORM 1 FROM payment WHERE id = NEW.payment_id FOR UPDATE;
    IF (SELECT sum(amount_minor) FROM refund
        WHERE payment_id = NEW.payment_id AND status NOT IN ('failed', 'canceled'))
        > (SELECT amount_minor FROM payment WHERE id = NEW.payment_id) THEN
        RAISE EXCEPTION 'refunds exceed the payment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refunds_within_payment AFTER INSERT OR UPDATE ON refund
    FOR EACH ROW EXECUTE FUNCTION refunds_within_payment();

-- Ledger: two entries at least, zero in sum per currency, never rewritten, no liability overdrawn.
ALTER TABLE ledger_account
    ADD CONSTRAINT ledger_account_kind CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
    ADD CONSTRAINT ledger_no_overdraft CHECK (kind <> 'liability' OR balance_minor >= 0);
CREATE UNIQUE INDEX ledger_account_code ON ledger_account (code, currency);
CREATE UNIQUE INDEX ledger_transaction_once ON ledger_transaction (kind, external_reference);
CREATE INDEX ledger_transaction_by_episode ON ledger_transaction (episode_id);
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_currency UNIQUE (id, currency);
ALTER TABLE ledger_entry
    ADD CONSTRAINT ledger_entry_amount CHECK (amount_minor <> 0),
    ADD CONSTRAINT ledger_entry_currency
        FOREIGN KEY (account_id, currency) REFERENCES ledger_account (id, currency);
CREATE INDEX ledger_entry_by_account ON ledger_entry (account_id);
CREATE INDEX ledger_entry_by_transaction ON ledger_entry (transaction_id);

CREATE FUNCTION ledger_carry_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_account SET balance_minor = balance_minor + NEW.amount_minor
    WHERE id = NEW.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_carry_balance AFTER INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_carry_balance();

-- As the owner: it runs at COMMIT, when the actor may be one who must not see the books.
CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE target uuid := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    IF (SELECT count(*) FROM ledger_entry WHERE transaction_id = target) < 2
       OR EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = target
                  GROUP BY currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'ledger transaction % does not balance', target
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced('transaction_id');
CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced('id');
CALL append_only('ledger_transaction');
CALL append_only('ledger_entry');

-- Referrals ------------------------------------------------------------------------------------
ALTER TABLE referral
    ADD FOREIGN KEY (case_id) REFERENCES care_case (id) ON DELETE RESTRICT,
    ADD FOREIGN KEY (patient_id) REFERENCES patient (id) ON DELETE RESTRICT,
    ADD CONSTRAINT referral_priority CHECK (priority IN ('routine', 'urgent', 'emergency')),
    ADD CONSTRAINT referral_status CHECK (status IN (
        'draft', 'submitted', 'received', 'info_requested', 'advice_returned', 'declined',
        'redirected', 'accepted', 'quoted', 'chosen', 'funded', 'scheduled', 'in_treatment',
        'discharged', 'outcome_sent', 'closed', 'not_selected', 'quote_expired', 'quote_declined',
        'dormant', 'expired', 'cancel_requested', 'cancelled', 'entered_in_error'));
CREATE INDEX referral_by_practice ON referral (practice_id, updated_at DESC);
CREATE INDEX referral_by_organisation ON referral (facility_organisation_id, updated_at DESC);
CREATE INDEX referral_by_patient ON referral (patient_id);
CREATE UNIQUE INDEX referral_transition_version ON referral_transition (referral_id, version);
CREATE UNIQUE INDEX quote_number ON quote (referral_id, number);
ALTER TABLE quote
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE RESTRICT,
    ADD CONSTRAINT quote_status CHECK (status IN (
        'offered', 'accepted', 'refused', 'superseded', 'expired')),
    ADD CONSTRAINT quote_money CHECK (
        currency IN ('EUR', 'USD') AND total_minor > 0 AND max_total_minor >= total_minor
        AND deposit_minor BETWEEN 1 AND total_minor);
CREATE UNIQUE INDEX quote_open_once ON quote (referral_id) WHERE status IN ('offered', 'accepted');

-- Walls: the patient's side, the practice that refers, and the facility once it was told.
CALL protect('care_case',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()');
CALL protect('episode',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()'
    ' OR (facility_organisation_id = actor_organisation() AND shared_at IS NOT NULL)');
CALL protect('booking',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()'
    ' OR (facility_organisation_id = actor_organisation()'
    '     AND status NOT IN (''held'', ''pending_payment'', ''expired''))');
CALL protect('booking_transition',
    'EXISTS (SELECT 1 FROM booking b WHERE b.id = booking_id)');
CALL protect('payment', 'patient_id IN (SELECT my_patients())');
CALL protect('refund', 'patient_id IN (SELECT my_patients())');
CALL protect('referral',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()'
    ' OR (facility_organisation_id = actor_organisation() AND submitted_at IS NOT NULL)');
CALL protect('referral_transition',
    'EXISTS (SELECT 1 FROM referral r WHERE r.id = referral_id)');
CALL protect('quote',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()'
    ' OR facility_organisation_id = actor_organisation()');
CALL protect('ledger_account', 'actor_role() IN (''operator'', ''auditor'')');
CALL protect('ledger_transaction', 'actor_role() IN (''operator'', ''auditor'')');
CALL protect('ledger_entry', 'actor_role() IN (''operator'', ''auditor'')');
CALL append_only('booking_transition');
CALL append_only('referral_transition');

-- A facility sees the person behind an episode that was shared with it, until the episode is over:
-- declined, cancelled, or another facility's.
CREATE FUNCTION treated_patients() RETURNS SETOF uuid LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT patient_id FROM episode
        WHERE facility_organisation_id = actor_organisation() AND shared_at IS NOT NULL
          AND status IN ('open', 'chosen');
    END;
CALL protect('patient',
    'id IN (SELECT my_patients()) OR id IN (SELECT practice_patients())'
    ' OR id IN (SELECT treated_patients())');

-- Seeing is not writing: who looks at a row may neither make one that would let them see more, nor
-- decide in another's place. Nobody but the marketplace deletes.
CREATE PROCEDURE restrict_writes(target regclass, inserts text, updates text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY inserts ON %s AS RESTRICTIVE FOR INSERT'
        ' WITH CHECK (actor_kind() = ''system'' OR (%s))', target, inserts);
    EXECUTE format('CREATE POLICY updates ON %s AS RESTRICTIVE FOR UPDATE'
        ' USING (actor_kind() = ''system'' OR (%s))', target, updates);
    EXECUTE format('CREATE POLICY deletes ON %s AS RESTRICTIVE FOR DELETE'
        ' USING (actor_kind() = ''system'')', target);
END $$;
CALL restrict_writes('person', 'false', 'false');
CALL restrict_writes('patient', 'false', 'false');
CALL restrict_writes('access', 'false', 'false');
CALL restrict_writes('care_relation', 'false', 'false');
CALL restrict_writes('care_code', 'true', 'false');
CALL restrict_writes('care_case',
    'patient_id IN (SELECT my_patients()) OR patient_id IN (SELECT practice_patients())', 'false');
CALL restrict_writes('episode',
    'patient_id IN (SELECT my_patients()) OR patient_id IN (SELECT practice_patients())',
    'patient_id IN (SELECT my_patients()) OR practice_id = actor_organisation()');
CALL restrict_writes('booking', 'patient_id IN (SELECT my_patients())',
    'patient_id IN (SELECT my_patients()) OR facility_organisation_id = actor_organisation()');
CALL restrict_writes('payment', 'patient_id IN (SELECT my_patients())', 'false');
CALL restrict_writes('refund', 'false', 'false');
CALL restrict_writes('referral', 'patient_id IN (SELECT practice_patients())', 'true');
CALL restrict_writes('quote', 'facility_organisation_id = actor_organisation()',
    'patient_id IN (SELECT my_patients()) OR facility_organisation_id = actor_organisation()');
CALL restrict_writes('ledger_account', 'false', 'false');
CALL restrict_writes('ledger_transaction', 'false', 'false');
CALL restrict_writes('ledger_entry', 'false', 'false');
ALTER POLICY written_by_all ON audit_event RENAME TO written_by_who_acts;
ALTER POLICY written_by_who_acts ON audit_event WITH CHECK (
    actor_kind() = 'system' OR account_id IS NOT DISTINCT FROM actor_account());
