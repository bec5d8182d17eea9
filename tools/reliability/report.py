"""The tables of docs/reliability.md."""
