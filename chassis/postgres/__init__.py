"""A database: connections with deadlines, migrations, and the clock that replicas share."""
