-- A position is that of the site, as somebody said it, or that of the town, as we looked it up.
UPDATE facility SET position_of = 'site' WHERE latitude IS NOT NULL;
ALTER TABLE facility ADD CONSTRAINT facility_position_of CHECK (
    (position_of IS NULL) = (latitude IS NULL) AND position_of IN ('site', 'town'));
