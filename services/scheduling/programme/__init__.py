"""The programme of a fair: its halls, and the sessions that take place in them."""
