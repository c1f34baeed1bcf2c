"""What an answer looks like: problems, lists, dates and caches."""
