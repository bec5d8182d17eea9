"""The name of this build backend in ``[build-system] build-backend``."""

from __future__ import annotations

BACKEND = "pyo3_features_backend"
