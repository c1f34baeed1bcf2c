-- Which types of which topic the read tables were made from.  A version that hears others has them
-- made again before it starts (`maarid migrate`): it may have passed over what it hears now.
create table log.subscriptions (
    topic text not null,
    type text not null,
    primary key (topic, type)
);

-- Versions from before this table do not know that they no longer hear enough.  Once read tables
-- were made again for another version, they are kept from marking anything.  They take this error
-- for a server that is away, and wait.
create function log.refuse_versions_of_before() returns trigger
language plpgsql
as $$
begin
    if coalesce(current_setting('maarid.knows_subscriptions', true), '') <> 'on' then
        raise exception 'read tables were made for a later version: start that one'
            using errcode = 'cannot_connect_now';
    end if;
    return null;
end
$$;
create trigger heard_by_versions_of_before before insert or update of version on log.heard
for each statement execute function log.refuse_versions_of_before();
alter table log.heard disable trigger heard_by_versions_of_before;
