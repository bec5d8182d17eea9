"""Readers: each turns something outside (an interpreter, pyproject.toml, cargo's answer) into values of ``model``."""
