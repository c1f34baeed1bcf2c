"""Everything that is tested with containers, on a machine that may have no engine and no images."""
