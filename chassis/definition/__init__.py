"""What a service consists of, and what its handlers are given."""
