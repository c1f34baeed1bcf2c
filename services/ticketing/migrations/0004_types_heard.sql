-- What the versions before log.subscriptions heard.  A database that has heard nothing yet begins with
-- what its first version hears.
insert into log.subscriptions (topic, type)
select topic, type from (values
    ('registration.events.v1', 'maarid.registration.ContactAdded.v1'),
    ('registration.events.v1', 'maarid.registration.ContactErased.v1'),
    ('registration.events.v1', 'maarid.registration.FairAnnounced.v1'),
    ('registration.events.v1', 'maarid.registration.FairCancelled.v1'),
    ('registration.events.v1', 'maarid.registration.FairChanged.v1'),
    ('scheduling.events.v1', 'maarid.scheduling.SessionCancelled.v1'),
    ('scheduling.events.v1', 'maarid.scheduling.SessionRescheduled.v1'),
    ('scheduling.events.v1', 'maarid.scheduling.SessionScheduled.v1')
) as of_before(topic, type)
 where exists (select from log.heard);
