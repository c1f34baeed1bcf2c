"""Who is selected: rules and their draw, runs as jobs, and why an application fared as it did."""
