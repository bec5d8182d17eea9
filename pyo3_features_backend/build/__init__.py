"""The implementation of the hooks: one build from start to end."""
