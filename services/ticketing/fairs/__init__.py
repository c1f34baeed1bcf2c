"""What registration says: when and where a fair takes place, and which contacts it has."""
