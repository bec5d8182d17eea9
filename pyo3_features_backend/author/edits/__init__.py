"""Edits of a project's files, for the verbs that change some: migrate, init, new, ci, matrix and probe.

`changes.py` has what a file was and will be, `tables.py` and `toml_edit.py` edit TOML, and `write.py` writes all of the
files or none.
"""
