"""From the log to the topic, with nothing lost on the way."""
