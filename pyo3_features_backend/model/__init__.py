"""The values that everything else passes around. Nothing here reads a file, the environment or an interpreter."""
