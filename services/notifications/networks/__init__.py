"""Networks that carry texts to phones; the pocket phone is the first."""
