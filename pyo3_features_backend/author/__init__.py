"""What a maintainer runs and a build does not: checks, probe, migration, matrix, and the source readers they share."""
