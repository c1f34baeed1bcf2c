"""Who takes part in a fair: the rules for applications, a part of the aggregate of the fair."""
