-- Where a fair takes place is told from its first change on; what was announced before needs no text.
alter table read.fairs
    add column venue jsonb,
    add column city jsonb,
    add column cancelled boolean not null default false;

-- Who takes part in a fair, or wishes to, page by page: see queries.participants.
create index messages_of_applications on read.messages (fair_id, contact_id) include (template)
 where template in ('application_received', 'application_rejected', 'participation_withdrawn');
