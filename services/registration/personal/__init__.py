"""What the rows of persons have in common: how they are kept, published and forgotten."""
