-- As before; what it says names the way back.
create or replace function log.refuse_versions_of_before() returns trigger
language plpgsql
as $$
begin
    if coalesce(current_setting('maarid.knows_subscriptions', true), '') <> 'on' then
        raise exception 'read tables were made for a later version: start that one, or let it hand'
            ' them back (`maarid migrate --back`)'
            using errcode = 'cannot_connect_now';
    end if;
    return null;
end
$$;
