"""Topics and records, as everybody who reads or writes them sees them."""
