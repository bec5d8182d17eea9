"""Whether a build can write type stubs: PyO3 has to describe the extension, and the delegate to read that.

PyO3's guide, "Type stub generation"; maturin 1.13 brought ``--generate-stubs``. docs/stubs.md has what was tried.
"""

from __future__ import annotations

from ..model.version import version_tuple
from ..model.words import DelegateName
from .case import Case

FEATURE = "experimental-inspect"
DESCRIBED = (0, 29)  # older releases write another form, which maturin 1.14 and later do not read


def wanted(case: Case) -> bool:
    """Whether the build writes stubs; what prevents them, if the project asks for them, is reported as a problem."""
    if not case.settings.stubs or not case.crate.library:
        return False
    dependency = case.dependency
    if case.basis.delegate != DelegateName.MATURIN:
        message = f"{case.basis.delegate} cannot write type stubs"
        hint = "write the .pyi by hand, or build with maturin"
    elif version_tuple(dependency.version) < DESCRIBED or FEATURE not in dependency.known:
        message = f"no stubs can be written: {dependency.crate} {dependency.version} does not describe the extension"
        hint = "PyO3 0.29 is the first release that does as maturin reads it"
    elif not dependency.direct:
        message = f"no stubs can be written: {case.crate.name} uses PyO3 only through another crate"
        hint = "add pyo3 to the crate's own dependencies"
    else:
        return True
    case.problems.error("PFB158", message, f"{hint}; or remove stubs", case.problems.source("stubs"))
    return False
