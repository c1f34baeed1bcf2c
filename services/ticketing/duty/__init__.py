"""Stand duty: one of an exhibitor's people stays at the stand while others are in workshops."""
