"""The floor of a fair: its plan, who takes part, and who holds which booth and why."""
