"""What a maintainer runs and a build does not: checks, probe, migration, matrix, new projects, workflows, and what they
share, readers of sources and edits of files."""
