"""The decisions of registration: pure, no clock, nothing but the standard library."""
