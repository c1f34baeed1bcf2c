"""What every process of ours has: settings, tasks, logs, metrics and traces."""
