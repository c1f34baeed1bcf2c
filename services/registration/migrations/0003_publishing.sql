-- What the events say of a contact, as far as its publisher has read them, stands beside its row:
-- what is ahead of the topic, half done or to be buried is then found by an index, in this table.
alter table own.contacts
    add column recorded boolean not null default false,
    add column consent_changes bigint not null default 0;

-- Who publishes the contacts, how far it has read the log, and when it last saw to it that every
-- partition of the topic grows.
create table own.publisher (
    only_row boolean primary key default true check (only_row),
    position bigint not null,
    holder text,
    held_until timestamptz,
    stirred_at timestamptz
);
-- The position first: whatever is recorded meanwhile is read again.
insert into own.publisher (position) select coalesce(max(position), 0) from log.events;
update own.contacts as c set recorded = true, consent_changes = r.consent_changes
  from read.contact_standings as r where r.contact_id = c.contact_id;

create index contacts_ahead on own.contacts (contact_id)
    where recorded and published_revision < revision + consent_changes;
create index contacts_unrecorded on own.contacts (written_at) where not recorded;
create index contacts_erased on own.contacts (contact_id) where erased;
