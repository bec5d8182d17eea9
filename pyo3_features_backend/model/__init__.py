"""The values that all other modules pass around. Nothing here reads a file, the environment or an interpreter."""
