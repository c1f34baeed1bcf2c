"""Applications to a fair, the decisions on them, and the exhibitors."""
