-- Electronic identity. An attempt lives for minutes and holds nothing that opens anything.
ALTER TABLE eid_attempt ADD CONSTRAINT eid_attempt_purpose
    CHECK (purpose IN ('sign_in', 'link') AND (purpose = 'link') = (account_id IS NOT NULL));
CREATE INDEX eid_attempt_age ON eid_attempt (expires_at);

ALTER TABLE eid_link ADD CONSTRAINT eid_link_level
    CHECK (level IN ('low', 'substantial', 'high'));
-- An identity opens one account (its unique index), an account has one identity of a provider,
-- and one human, by the number of their state's register, is not two accounts.
ALTER TABLE eid_link ADD CONSTRAINT eid_link_once UNIQUE (account_id, provider);
ALTER TABLE eid_link ADD CONSTRAINT eid_link_one_human
    EXCLUDE USING gist (national_index WITH =, account_id WITH <>);
CALL protect('eid_link', 'account_id = actor_account()');
