"""Readers: each one turns an outside source (an interpreter, pyproject.toml, cargo) into values of ``model``."""
