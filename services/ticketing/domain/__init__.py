"""What ticketing decides: workshop seats, and visitor tickets.  Pure; standard library only."""
