"""Readers of a project's sources: Cargo.toml files, Rust code, setup.py; and the editing of TOML."""
