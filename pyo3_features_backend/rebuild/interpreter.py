"""One interpreter, one name for it, whatever environment a front end made around it.

PyO3's build script runs again when PYO3_PYTHON changes, and everything above PyO3 is compiled again with it. Front ends
make a new environment for each build, so the delegates' default, ``sys.executable``, changes each time. The interpreter
beneath the environment does not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..model.target import Target

# The delegates' own switches for it (maturin 1.9, setuptools-rust 1.12), and what they would set.
_SWITCHES = ("MATURIN_PEP517_USE_BASE_PYTHON", "SETUPTOOLS_RUST_PEP517_USE_BASE_PYTHON")


def base(target: Target) -> str | None:
    """The real path of the interpreter beneath the running one's virtual environment; None if there is none."""
    if target.executable != sys.executable or sys.prefix == sys.base_prefix or not target.base_executable:
        return None
    path = os.path.realpath(target.base_executable)
    return path if path != sys.executable and Path(path).is_file() else None


def signature(target: Target) -> str:
    """What tells an interpreter from another that is installed in its place."""
    return f"{target.implementation}-{target.full_version}-{target.pointer_width}bit"


def environment(target: Target, environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to ``environ`` so that a build for ``target`` names its interpreter the same way every time.

    Empty where the user names one himself, and where it is not the running one. The packages of the environment stay
    within reach of a build script that runs PYO3_PYTHON.
    """
    python = base(target)
    # The very name that we would give is no other wish: `pyo3-features env` has exported it.
    if python is None or environ.get("PYO3_PYTHON") not in (None, "", python) or any(s in environ for s in _SWITCHES):
        return {}
    found = dict.fromkeys(_SWITCHES, "1")
    found["PYO3_PYTHON"] = found["PYTHON_SYS_EXECUTABLE"] = python
    # Says that the interpreter at this path is another one now, after an upgrade in place (read by PyO3 from 0.14.4).
    found["PYO3_ENVIRONMENT_SIGNATURE"] = signature(target)
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    given = [environ["PYTHONPATH"]] if environ.get("PYTHONPATH") else []
    found["PYTHONPATH"] = os.pathsep.join([*given, *packages])
    return found


def with_configuration(stable: Mapping[str, str], sent: Mapping[str, str], target: Target) -> dict[str, str]:
    """:func:`environment` and the variables of a place. With a build configuration PyO3 asks no interpreter, so maturin
    need not be led to the one beneath the environment. It does not name one then: build scripts learn it here.
    """
    found = {**stable, **sent}
    if "PYO3_CONFIG_FILE" in sent and target.executable:
        found = {name: value for name, value in found.items() if name not in _SWITCHES}
        found.setdefault("PYO3_PYTHON", target.executable)
    return found
