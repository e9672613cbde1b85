-- A facility finds its offer again by its own number for it, until the offer is withdrawn.
ALTER TABLE offer ADD CONSTRAINT offer_reference CHECK (reference <> '' AND length(reference) <= 60);
CREATE UNIQUE INDEX offer_reference_once ON offer (facility_id, reference)
    WHERE active AND reference IS NOT NULL;
