"""Who exhibits at which fair, where, and what its organisation is: by what campaigns choose."""
