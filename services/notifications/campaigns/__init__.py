"""A message of the organising team to many: drafted, previewed, started, held, stopped."""
