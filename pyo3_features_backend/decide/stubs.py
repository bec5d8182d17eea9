"""Whether a build can write type stubs: PyO3 has to describe the extension, and the delegate to read that.

PyO3's guide, "Type stub generation". docs/stubs.md has what was tried.
"""

from __future__ import annotations

from ..model.version import version_tuple
from ..model.words import DelegateName
from .case import Case

FEATURE = "experimental-inspect"
DESCRIBED = (0, 28)  # maturin 1.14 and 1.16 do not read what older releases write (tried)
WRITTEN = (1, 13)  # --generate-stubs (maturin's changelog)


def add_stubs(case: Case, names: list[str], notes: list[tuple[str, str]]) -> bool:
    """Whether the build writes stubs; then PyO3's feature is added to ``names``, and the reason to ``notes``."""
    if not wanted(case):
        return False
    names.append(FEATURE)
    notes.append((FEATURE, f"maturin writes type stubs, asked for at {case.problems.source('stubs')}"))
    return True


def wanted(case: Case) -> bool:
    """Whether the build writes stubs; what prevents them, if the project asks for them, is reported as a problem."""
    if not case.settings.stubs or not case.crate.library:
        return False
    dependency = case.dependency
    if case.basis.delegate != DelegateName.MATURIN:
        message = f"{case.basis.delegate} cannot write type stubs"
        hint = "write the .pyi by hand, or build with maturin"
    elif version_tuple(case.basis.delegate_version or "9") < WRITTEN:
        message = f"maturin {case.basis.delegate_version} cannot write type stubs"
        hint = 'write "maturin>=1.14,<2" in build-system.requires'
    elif version_tuple(dependency.version) < DESCRIBED or FEATURE not in dependency.known:
        message = f"no stubs can be written: {dependency.crate} {dependency.version} does not describe the extension"
        hint = "PyO3 0.28 is the first that does in a form that maturin reads"
    elif not dependency.direct:
        message = f"no stubs can be written: {case.crate.name} uses PyO3 only through another crate"
        hint = "add pyo3 to the crate's own dependencies"
    elif case.basis.stub:
        stub = case.basis.stub
        # Its wheels then fail after the compile: "overwrote an existing tracked file" (maturin 1.14 and 1.16, tried).
        case.problems.error(
            "PFB159",
            f"{stub} is in the source tree, and maturin does not make a wheel with that one and a new one",
            f'[tool.maturin] exclude = ["{stub}"] leaves it out of wheels and sdists; or remove stubs',
            case.problems.source("stubs"),
        )
        return False
    else:
        return True
    case.problems.error("PFB158", message, f"{hint}; or remove stubs", case.problems.source("stubs"))
    return False
