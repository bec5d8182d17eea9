"""The findings of ``check``: each code with its severity and title, in one place. docs/checks.md explains them."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import Place
from ...model.problem import Problem


class Code(NamedTuple):
    """``severity`` is "error" for what makes a wrong or a failing build, "warning" for the rest."""

    severity: str
    title: str


CODES = {
    "PFB220": Code("error", "the project cannot be read"),
    "PFB221": Code("warning", "another build backend"),
    "PFB230": Code("warning", "abi3 is hard-coded"),
    "PFB231": Code("warning", "extension-module is hard-coded"),
    "PFB232": Code("warning", "py_limited_api is given by hand"),
    "PFB233": Code("warning", "a crate feature that nothing turns on leads to abi3"),
    "PFB240": Code("warning", "no requires-python"),
    "PFB241": Code("warning", "the floor is below requires-python"),
    "PFB242": Code("warning", "the floor is above requires-python"),
    "PFB243": Code("warning", "requires-python is below the Pythons that the backend runs in"),
    "PFB244": Code("warning", "requires-python is wider than PyO3's support"),
    "PFB245": Code("warning", "a classifier contradicts requires-python"),
    "PFB246": Code("warning", "a classifier names a kind of Python that PyO3 does not support"),
    "PFB250": Code("error", "several versions of PyO3"),
    "PFB251": Code("warning", "pyo3-build-config at another version than PyO3"),
    "PFB252": Code("warning", "no Cargo.lock"),
    "PFB253": Code("warning", "Cargo.lock disagrees with Cargo.toml"),
    "PFB254": Code("error", "Cargo.lock disagrees with Cargo.toml, and builds are locked"),
    "PFB255": Code("error", "PyO3 does not have the feature"),
    "PFB256": Code("warning", "a later PyO3 drops the feature"),
    "PFB260": Code("warning", "a variable in the environment changes the plan"),
    "PFB261": Code("error", "a variable in the environment stops or misleads the build"),
    "PFB262": Code("error", "cargo's configuration overrides the plan"),
    "PFB270": Code("warning", "CI builds wheels without the backend"),
    "PFB271": Code("warning", "maturin develop builds without the backend"),
    "PFB272": Code("warning", "uv does not see changed Rust sources"),
    "PFB280": Code("warning", "a build script reads a file that it does not announce"),
    "PFB281": Code("warning", "a build script reads a variable that it does not announce"),
}


def finding(code: str, message: str, place: Place | None, hint: str) -> Problem:
    """A finding of ``check``; its severity is that of its code."""
    return Problem(code, CODES[code].severity, message, place, hint)
