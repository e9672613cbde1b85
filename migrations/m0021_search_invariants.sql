ALTER TABLE offer ADD CONSTRAINT offer_rating CHECK (rating BETWEEN 100 AND 500);

-- The log that the search indexes of all processes follow: what must be read anew. A process asks
-- for the rows that its previous snapshot did not show (`pg_visible_in_snapshot`), never for those
-- after a number: transactions become visible in another order than they draw numbers.
ALTER TABLE search_change
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ADD CONSTRAINT search_change_kind CHECK (kind IN ('offer', 'facility', 'place', 'catalogue'));
CREATE INDEX search_change_by_xid ON search_change (xid);

CREATE FUNCTION note_search_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'offer' THEN
            INSERT INTO search_change (kind, target) SELECT 'offer', c.id::text FROM changed c;
        WHEN 'facility' THEN
            INSERT INTO search_change (kind, target) SELECT 'facility', c.id::text FROM changed c;
        WHEN 'credential', 'facility_name' THEN
            INSERT INTO search_change (kind, target)
                SELECT DISTINCT 'facility', c.facility_id::text FROM changed c
                WHERE c.facility_id IS NOT NULL;
        WHEN 'place_name' THEN
            INSERT INTO search_change (kind, target)
                SELECT DISTINCT 'place', c.jurisdiction || ' ' || c.city_key FROM changed c;
        ELSE
            INSERT INTO search_change (kind, target)
                SELECT 'catalogue', '' WHERE EXISTS (SELECT FROM changed);
    END CASE;
    RETURN NULL;
END $$;

DO $$
DECLARE watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['offer', 'facility', 'facility_name', 'credential',
        'place_name', 'specialty', 'specialty_name', 'treatment', 'treatment_name'] LOOP
        EXECUTE format('CREATE TRIGGER search_notes_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION note_search_change()', watched);
        EXECUTE format('CREATE TRIGGER search_notes_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION note_search_change()', watched);
        EXECUTE format('CREATE TRIGGER search_notes_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION note_search_change()', watched);
    END LOOP;
END $$;

-- The great-circle distance in whole metres on a sphere of the earth's mean radius; null where a
-- place is unknown. The index in memory computes the same.
CREATE FUNCTION metres_between(
    latitude1 float8, longitude1 float8, latitude2 float8, longitude2 float8
) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (2 * 6371008.8 * asin(least(1, sqrt(
        sin(radians(latitude2 - latitude1) / 2) ^ 2
        + cos(radians(latitude1)) * cos(radians(latitude2))
        * sin(radians(longitude2 - longitude1) / 2) ^ 2))))::bigint;

-- As before, but from the likest few hundred names of each kind for each word: a word that is
-- spelled wrongly and stands in thousands of names took seconds.
SELECT set_limit(show_limit());  -- loads pg_trgm, so that its setting is known
CREATE OR REPLACE FUNCTION names_like(asked text[], weights float8[], telling text[], whole text)
RETURNS TABLE (kind text, target text, state text, name text, folded text, score float8)
LANGUAGE sql STABLE
SET enable_seqscan = off SET pg_trgm.word_similarity_threshold = 0.4 AS $$
    (SELECT 'treatment', n.treatment_code, NULL, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT l.id FROM unnest(telling) r (word), LATERAL (
        SELECT c.id FROM treatment_name c WHERE r.word <% c.folded
        ORDER BY word_similarity(r.word, c.folded) DESC, c.id LIMIT 400) l) x
     JOIN treatment_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
    UNION ALL
    (SELECT 'specialty', n.specialty_code, NULL, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT c.id FROM unnest(telling) r (word) JOIN specialty_name c ON r.word <% c.folded) x
     JOIN specialty_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
    UNION ALL
    (SELECT 'city', n.city_key, n.jurisdiction::text, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT l.id FROM unnest(telling) r (word), LATERAL (
        SELECT c.id FROM place_name c WHERE r.word <% c.folded
        ORDER BY word_similarity(r.word, c.folded) DESC, c.id LIMIT 400) l) x
     JOIN place_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
    UNION ALL
    (SELECT 'facility', n.facility_id::text, NULL, n.text, n.folded, 0.85 * s.words + 0.15 * similarity(whole, n.folded)
     FROM (SELECT DISTINCT l.id FROM unnest(telling) r (word), LATERAL (
        SELECT c.id FROM facility_name c WHERE r.word <% c.folded
            AND EXISTS (SELECT FROM offer o WHERE o.facility_id = c.facility_id AND o.active)
        ORDER BY word_similarity(r.word, c.folded) DESC, c.id LIMIT 400) l) x
     JOIN facility_name n USING (id), LATERAL (
        SELECT sum(w.weight * word_similarity(w.word, n.folded)) / sum(w.weight) AS words
        FROM unnest(asked, weights) w (word, weight)) s
     ORDER BY 6 DESC, n.folded, n.id LIMIT 40)
$$;
