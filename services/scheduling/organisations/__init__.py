"""What registration says of organisations: their trade names, where they are, and mergers."""
