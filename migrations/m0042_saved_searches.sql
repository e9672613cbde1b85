-- Kept searches: sealed, seen by nobody but their holder.
CALL protect('saved_search', 'account_id = actor_account()');
CALL restrict_writes('saved_search', 'account_id = actor_account()', 'false');
CREATE INDEX saved_search_by_account ON saved_search (account_id);
CREATE INDEX saved_search_due ON saved_search (checked_at) WHERE tell;

ALTER TABLE saved_search_find
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE CASCADE,
    ADD CONSTRAINT saved_search_find_kind CHECK (kind IN ('listed', 'cheaper')),
    ADD CONSTRAINT saved_search_find_once UNIQUE (search_id, offer_id);
CREATE INDEX saved_search_find_age ON saved_search_find (at);
CALL protect('saved_search_find', 'account_id = actor_account()');
CALL restrict_writes('saved_search_find', 'false', 'account_id = actor_account()');

-- An offer is news when it comes to be listed, also by the clock alone, and when its price falls.
-- The row goes when the offer goes.
ALTER TABLE offer_news
    ADD FOREIGN KEY (offer_id) REFERENCES offer (id) ON DELETE CASCADE,
    ADD CONSTRAINT offer_news_kind CHECK (kind IN ('listed', 'cheaper'));
CREATE INDEX offer_news_by_time ON offer_news (at);

CREATE FUNCTION note_offer_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO offer_news (offer_id, kind, at)
            SELECT c.id, 'listed', greatest(clock_timestamp(), lower(c.listed_during))
            FROM changed c WHERE c.active AND NOT isempty(c.listed_during)
        ON CONFLICT (offer_id) DO UPDATE SET kind = excluded.kind, at = excluded.at;
    ELSE
        INSERT INTO offer_news (offer_id, kind, at)
            SELECT c.id, n.kind, greatest(clock_timestamp(), lower(c.listed_during))
            FROM changed c JOIN before b ON b.id = c.id, LATERAL (
                SELECT CASE
                    WHEN NOT b.active OR isempty(b.listed_during) THEN 'listed'
                    WHEN c.currency = b.currency AND c.price_minor < b.price_minor THEN 'cheaper'
                END AS kind) n
            WHERE c.active AND NOT isempty(c.listed_during) AND n.kind IS NOT NULL
        ON CONFLICT (offer_id) DO UPDATE SET kind = excluded.kind, at = excluded.at;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER offer_news_insert AFTER INSERT ON offer REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_offer_news();
CREATE TRIGGER offer_news_update AFTER UPDATE ON offer
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_offer_news();
