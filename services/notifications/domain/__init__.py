"""What notifications decides: the way of one message.  Pure; standard library only."""
