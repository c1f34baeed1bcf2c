"""Messages to contacts: requested, written in a language, sent, and delivered or failed."""
