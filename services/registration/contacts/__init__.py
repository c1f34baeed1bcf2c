"""Names and phone numbers of persons: kept, corrected, published and erased."""
