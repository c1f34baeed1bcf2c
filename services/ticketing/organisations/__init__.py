"""What organisations are called in public, as registration says."""
