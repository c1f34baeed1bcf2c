"""Why an exhibitor stands where it does, where else it could, and what one without lacks."""
