"""Long work: computed in a child process beside the service, decided inside by a cheap command."""
