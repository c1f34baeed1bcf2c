"""Fairs and their halls, as registration and scheduling publish them: what texts say of them."""
