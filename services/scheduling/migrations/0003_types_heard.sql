-- What the versions before log.subscriptions heard.  A database that has heard nothing yet begins with
-- what its first version hears.
insert into log.subscriptions (topic, type)
select topic, type from (values
    ('registration.events.v1', 'maarid.registration.ExhibitorRegistered.v1'),
    ('registration.events.v1', 'maarid.registration.ExhibitorWithdrawn.v1'),
    ('registration.events.v1', 'maarid.registration.FairAnnounced.v1'),
    ('registration.events.v1', 'maarid.registration.FairCancelled.v1'),
    ('registration.events.v1', 'maarid.registration.FairChanged.v1')
) as of_before(topic, type)
 where exists (select from log.heard);
