"""The programme of a fair: its halls, its rules, and the sessions that take place in them."""
