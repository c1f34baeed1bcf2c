"""Fairs: announcing, changing and cancelling them, and their calls for exhibitors."""
