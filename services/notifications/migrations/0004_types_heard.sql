-- What the versions before log.subscriptions heard.  A database that has heard nothing yet begins with
-- what its first version hears.
insert into log.subscriptions (topic, type)
select topic, type from (values
    ('registration.events.v1', 'maarid.registration.ApplicationRejected.v1'),
    ('registration.events.v1', 'maarid.registration.ApplicationSubmitted.v1'),
    ('registration.events.v1', 'maarid.registration.ApplicationWaitlisted.v1'),
    ('registration.events.v1', 'maarid.registration.ApplicationWithdrawn.v1'),
    ('registration.events.v1', 'maarid.registration.ContactErased.v1'),
    ('registration.events.v1', 'maarid.registration.ExhibitorRegistered.v1'),
    ('registration.events.v1', 'maarid.registration.ExhibitorWithdrawn.v1'),
    ('registration.events.v1', 'maarid.registration.FairAnnounced.v1'),
    ('registration.events.v1', 'maarid.registration.FairCancelled.v1'),
    ('registration.events.v1', 'maarid.registration.FairChanged.v1'),
    ('scheduling.events.v1', 'maarid.scheduling.BoothAssigned.v1'),
    ('scheduling.events.v1', 'maarid.scheduling.BoothReleased.v1'),
    ('scheduling.events.v1', 'maarid.scheduling.HallOpened.v1'),
    ('ticketing.events.v1', 'maarid.ticketing.SeatReleased.v1'),
    ('ticketing.events.v1', 'maarid.ticketing.SeatReserved.v1'),
    ('ticketing.events.v1', 'maarid.ticketing.SeatWaitlisted.v1'),
    ('ticketing.events.v1', 'maarid.ticketing.WorkshopMoved.v1'),
    ('ticketing.events.v1', 'maarid.ticketing.WorkshopOpened.v1')
) as of_before(topic, type)
 where exists (select from log.heard);
