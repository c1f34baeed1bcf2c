"""What a request passes before a route is reached: connections, bodies, tokens."""
