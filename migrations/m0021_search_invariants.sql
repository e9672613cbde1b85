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
                SELECT DISTINCT 'facility', c.facility_id::text FROM changed c;
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
