"""Checks the features that a project asks for: PyO3's, and the crate's own for a stable ABI."""

from __future__ import annotations

from ..errors import closest
from ..model.crate import PyO3
from ..model.version import version_tuple
from . import pyo3
from .case import Case
from .features import FEATURES


def pyo3_features(case: Case) -> list[str]:
    """The PyO3 features in the settings that can be turned on; the others are reported as problems."""
    settings, problems = case.settings, case.problems
    names = list(settings.features)
    if settings.nightly == "on" or (settings.nightly == "auto" and _is_nightly(case.basis.rustc)):
        names.append("nightly")
    usable = []
    for name in dict.fromkeys(names):
        if _cannot_be_set(case, name) or _does_not_work(case, name):
            continue
        if name == "auto-initialize" and case.crate.library:
            message = "auto-initialize is for embedding Python; an extension module has no use for it"
            problems.warning("PFB155", message, place=problems.source("features"))
        usable.append(name)
    return usable


def _is_nightly(rustc: str) -> bool:
    return "nightly" in rustc or "dev" in rustc


def _cannot_be_set(case: Case, name: str) -> bool:
    """Whether a feature cannot be set for this crate at all; reports the problem."""
    dependency, problems = case.dependency, case.problems
    place = problems.source("features")
    if name.startswith("abi3") or name == "extension-module":
        message = f"{name} does not belong in features"
        problems.error("PFB150", message, "the plan decides it; see the abi3 setting", place)
    elif name not in dependency.known:
        message = f"{dependency.crate} {dependency.version} has no feature {name!r}"
        problems.error("PFB151", message, _hint_for_unknown(name, dependency), place)
    elif not dependency.direct:
        message = f"{name} cannot be set: {case.crate.name} uses PyO3 only through another crate"
        problems.error("PFB152", message, "add pyo3 to the crate's own dependencies", place)
    else:
        return False
    return True


def _does_not_work(case: Case, name: str) -> bool:
    """Whether a feature does not work with this toolchain, Python or crate graph; reports the problem."""
    problems, target, inventory = case.problems, case.target, case.crate.inventory
    place = problems.source("features")
    if name == "nightly" and not _is_nightly(case.basis.rustc):
        problems.error(
            "PFB153",
            f"the nightly feature needs a nightly toolchain; rustc is {case.basis.rustc}",
            'build with RUSTUP_TOOLCHAIN=nightly, or set nightly = "auto"',
            problems.source("nightly") or place,
        )
    elif name == "auto-initialize" and not target.shared:
        message = f"auto-initialize needs a shared libpython, which this {target.label} lacks"
        problems.error("PFB154", message, "use a Python that was built with --enable-shared", place)
    elif (
        name == "multiple-pymethods"
        and target.is_wasm
        and inventory
        and version_tuple(inventory) < pyo3.INVENTORY_ON_WASM
    ):
        message = f"multiple-pymethods does not work with inventory {inventory} on wasm"
        problems.error("PFB157", message, "run `cargo update -p inventory`", place)
    else:
        return False
    return True


def _hint_for_unknown(name: str, dependency: PyO3) -> str:
    """The hint for a feature that the resolved PyO3 does not have."""
    first, last = FEATURES.get(name, (None, None))
    if dependency.crate == "pyo3" and last and version_tuple(last) < version_tuple(dependency.version):
        return f"PyO3 {last} was the last release with it"
    if dependency.crate == "pyo3" and first and version_tuple(first) > version_tuple(dependency.version):
        return f"PyO3 {first} is the first release with it"
    near = closest(name, sorted(dependency.known), 3)
    return "did you mean " + ", ".join(near) + "?" if near else "it has " + ", ".join(sorted(dependency.known))


def crate_features(case: Case) -> list[str]:
    """The crate's own features for a stable ABI; a name that the crate does not have is reported as a problem."""
    settings, crate, problems = case.settings, case.crate, case.problems
    for name in settings.abi3_crate_features:
        if name not in crate.features:
            near = closest(name, sorted(crate.features))
            problems.error(
                "PFB156",
                f"crate {crate.name} has no feature {name!r}",
                f"did you mean {near[0]!r}?" if near else "its features are in [features] of its Cargo.toml",
                problems.source("abi3-crate-features"),
            )
    return list(settings.abi3_crate_features)
