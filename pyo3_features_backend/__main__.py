"""``python -m pyo3_features_backend`` is the ``pyo3-features`` command."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
