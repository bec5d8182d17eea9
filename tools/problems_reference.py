"""Write docs/problems.md, and the sections of docs/checks.md, from ``pyo3_features_backend.model.codes``.

    python tools/problems_reference.py [--check]

``--check`` writes nothing, and fails on a difference.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

from generated import ROOT, main
from pyo3_features_backend.model.check_codes import CHECK
from pyo3_features_backend.model.code import Code
from pyo3_features_backend.model.codes import CONFIG, PLAN
from pyo3_features_backend.model.wheel_codes import AUDIT

DOCS = ROOT / "docs"
HEAD = """\
# Problems of a plan, of configuration files and of wheels

Every problem that this backend reports has a code. Look up here what a code means and what to do: for a plan, for a
PyO3 build configuration file, and for a wheel. [checks.md](checks.md) has the codes that only `pyo3-features check`
reports. An error in a plan or in a configuration file stops a build before anything is compiled. A warning does not.

Some words come up often. The *plan* of a build is the tag of its wheel, and the features that PyO3 gets. The *floor* of
a stable-ABI wheel is the lowest Python that it supports: `cp39-abi3` has the floor 3.9. A *version-specific* wheel is
for one Python version. The *delegate* is the tool that compiles, maturin or setuptools-rust. A feature is *hard-coded*
if it is listed in Cargo.toml and is therefore on in every build. The *crate graph* is the extension crate with all its
dependencies, and the *resolved* PyO3 is the version that cargo chooses.

<!-- Made by tools/problems_reference.py from pyo3_features_backend/model/codes.py; do not edit. -->

## Problems of a plan

Each build reports these, and so do `pyo3-features explain`, `check` and `matrix`, if the text does not name another.

"""
CONFIG_HEAD = """\
## Problems of a PyO3 build configuration file

Reported by `pyo3-features config check`, and by a build with `PYO3_CONFIG_FILE`.

"""
AUDIT_HEAD = """\
## Problems of a wheel

Reported by `pyo3-features audit` ([audit.md](audit.md)). A build looks for some of them too, and fails if it finds an
error: [the setting `verify`](settings.md#verify) says for which.

"""


def sections(codes: Mapping[str, Code]) -> str:
    """A section for each code."""
    return "".join(f"{heading(code, one)}\n\n{filled(one.about)}\n\n" for code, one in codes.items())


def heading(code: str, one: Code) -> str:
    """The heading of a code's section."""
    return f"### {code}: {one.title} ({one.severity})"


def filled(text: str) -> str:
    """The paragraphs, wrapped."""
    return "\n\n".join(textwrap.fill(part, 120, break_on_hyphens=False) for part in text.split("\n\n"))


def checks(text: str) -> str:
    """docs/checks.md with the sections of the codes: what stands before and between them is written by hand.

    Raises KeyError for a section of a code that does not exist.
    """

    def section(match: re.Match[str]) -> str:
        return f"{heading(match[1], CHECK[match[1]])}\n\n{filled(CHECK[match[1]].about)}\n\n"

    return re.sub(r"^### (PFB\d+):.*?(?=^##)", section, text, flags=re.MULTILINE | re.DOTALL)


def page() -> str:
    """The text of docs/problems.md."""
    return (HEAD + sections(PLAN) + CONFIG_HEAD + sections(CONFIG) + AUDIT_HEAD + sections(AUDIT)).rstrip("\n") + "\n"


def files() -> list[tuple[Path, str]]:
    """Each page with what belongs into it."""
    found = DOCS / "checks.md"
    return [(DOCS / "problems.md", page()), (found, checks(found.read_text(encoding="utf-8")))]


if __name__ == "__main__":
    raise SystemExit(main("Renew what the pages say of the codes.", files))
