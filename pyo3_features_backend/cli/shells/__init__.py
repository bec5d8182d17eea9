"""Scripts that complete the command in a shell, made from its parsers; they start no Python."""
