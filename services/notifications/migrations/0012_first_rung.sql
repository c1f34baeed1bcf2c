-- What a version that knows one channel a message has sent beside this one, which completes it.
create index messages_without_rung on read.messages (message_id)
 where rung is null and sent_at is not null;
