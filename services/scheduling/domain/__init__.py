"""What scheduling decides, with nothing but the standard library."""
