"""One build from start to end: what the hooks do."""
