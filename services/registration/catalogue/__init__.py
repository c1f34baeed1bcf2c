"""What is on show: product families, and the products of exhibitors, which can be searched."""
