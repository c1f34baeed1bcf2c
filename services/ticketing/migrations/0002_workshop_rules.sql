-- How many places of a workshop one organisation may take for itself; null where the team has set no
-- bound of its own, and that of the domain holds.
alter table read.workshops add column places_per_organisation integer;
