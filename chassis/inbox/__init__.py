"""What is kept of each foreign stream: how far it was applied, and what was set aside."""
