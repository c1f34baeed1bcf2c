"""The rules of a fair's gates, and who is inside by what gates and devices say."""
