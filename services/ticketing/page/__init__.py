"""The page with which a steward's phone reads tickets, also where there is no network."""
