-- A lane of a pool is a claim on something that exists once: a room of the pool, or a person who may
-- work at several facilities. Whoever sells a practitioner's time anywhere sells the same resource.
CREATE UNIQUE INDEX resource_practitioner ON resource (practitioner_id);
UPDATE resource r SET practitioner_id = p.practitioner_id
    FROM resource_pool p
    WHERE p.id = r.pool_id AND p.practitioner_id IS NOT NULL
        AND r.id = (SELECT min(other.id::text)::uuid FROM resource other
            JOIN resource_pool q ON q.id = other.pool_id
            WHERE q.practitioner_id = p.practitioner_id);
INSERT INTO pool_lane (id, pool_id, lane, resource_id)
    SELECT gen_random_uuid(), r.pool_id, r.lane, coalesce(person.id, r.id)
    FROM resource r JOIN resource_pool p ON p.id = r.pool_id
    LEFT JOIN resource person ON person.practitioner_id = p.practitioner_id;
ALTER TABLE pool_lane
    ADD CONSTRAINT pool_lane_number CHECK (lane BETWEEN 1 AND 200),
    ADD CONSTRAINT pool_lane_resource UNIQUE (pool_id, resource_id);
CREATE UNIQUE INDEX pool_lane_once ON pool_lane (pool_id, lane);
CREATE INDEX pool_lane_by_resource ON pool_lane (resource_id);

-- A reservation knows through which pool it was made, and how much of it is care: the rest is the
-- preparation and the cleaning that its offer asked for.
UPDATE reservation v SET pool_id = r.pool_id FROM resource r WHERE r.id = v.resource_id;
UPDATE reservation v SET resource_id = l.resource_id FROM pool_lane l JOIN resource r ON TRUE
    WHERE r.id = v.resource_id AND l.pool_id = r.pool_id AND l.lane = r.lane
        AND l.resource_id <> v.resource_id;
UPDATE reservation v SET before_minutes = n.before_minutes, after_minutes = n.after_minutes
    FROM booking b JOIN offer_need n ON n.offer_id = b.offer_id
    WHERE b.id = v.booking_id AND n.pool_id = v.pool_id AND n.nights = 0;
ALTER TABLE reservation
    ADD CONSTRAINT reservation_pool CHECK (pool_id IS NOT NULL),
    ADD CONSTRAINT reservation_buffers CHECK (
        before_minutes >= 0 AND after_minutes >= 0
        AND make_interval(mins => before_minutes + after_minutes) < ends_at - starts_at);
DELETE FROM resource r USING resource_pool p
    WHERE p.id = r.pool_id AND p.practitioner_id IS NOT NULL AND r.practitioner_id IS NULL;

-- A resource that was taken out of service leaves its name to the one that follows.
DROP INDEX resource_pool_name;
CREATE UNIQUE INDEX resource_pool_name ON resource_pool (facility_id, kind, name)
    WHERE closes_at IS NULL;
CREATE UNIQUE INDEX resource_pool_practitioner ON resource_pool (facility_id, practitioner_id)
    WHERE closes_at IS NULL;
CREATE INDEX resource_pool_by_practitioner ON resource_pool (practitioner_id)
    WHERE practitioner_id IS NOT NULL;
