-- Whether no receipt has come in time for a message that was sent: its network is asked what became
-- of it before it goes on to the next channel.  A version that does not know this sets its timer
-- once more.
alter table own.sending add column overdue boolean not null default false;
