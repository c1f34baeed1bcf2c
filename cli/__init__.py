"""The `maarid` command: for newcomers, organisers of plays, and the operations team."""
