"""The seats of workshops, with their waiting lists and rules."""
