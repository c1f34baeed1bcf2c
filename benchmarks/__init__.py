"""How fast it is, told as ratios: ours against a known yardstick, in turns, in the same run."""
