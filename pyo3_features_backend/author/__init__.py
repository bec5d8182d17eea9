"""What a maintainer runs, not a build: checks, probe, migration, matrix, and the readers of sources they share."""
