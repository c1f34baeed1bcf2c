"""Routes of what comes in: the hooks of networks, and the pages of links."""
