"""Makes the plan of a build from its facts. Pure: it reads no file, no environment and no interpreter.

:func:`decide` goes through these parts in order: the version of rustc, the ABI (:mod:`.abi`), whether PyO3 supports the
Python (:mod:`.support`), extension-module, the PyO3 features that the project asks for (:mod:`.wanted`), and the
setting ``expect``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model.crate import Crate
from ..model.plan import Plan
from ..model.problem import Problems
from ..model.settings import Settings
from ..model.target import Target
from ..model.version import python_text, version_tuple
from ..model.words import Abi
from . import pyo3
from .abi import Choice, Restriction, choose
from .case import Basis, Case
from .native import NATIVE, is_native
from .stubs import add_stubs
from .support import check_support
from .wanted import crate_features, pyo3_features

__all__ = ["Basis", "Plan", "Restriction", "decide", "decide_together"]


def decide(basis: Basis, crate: Crate) -> Plan:
    """Make the plan for a build of one crate. A user's mistakes raise nothing: they are in ``Plan.problems``."""
    return _check_expected(_decide(basis, crate), basis)


def decide_together(
    basis: Basis, crates: Sequence[Crate], restrictions: Sequence[Restriction | None] = ()
) -> tuple[Plan, list[Plan]]:
    """Make the plan for a wheel with several crates: (the plan of the wheel, the plan of each crate).

    A wheel has one tag, so it has a stable ABI only if all its extensions do. Its floor is then the highest of theirs.
    ``restrictions`` has an entry for each crate: what else in the wheel prevents a stable ABI, or None.
    """
    plans = [
        _decide(_basis_for(crate, basis, crates), crate, restriction)
        for crate, restriction in zip(crates, list(restrictions) or [None] * len(crates))
    ]
    libraries = [number for number, crate in enumerate(crates) if crate.library]
    if len({plans[number].abi for number in libraries}) > 1:
        other = next((number for number in libraries if plans[number].abi == Abi.VERSION_SPECIFIC), libraries[0])
        reason = f"extension crate {crates[other].name} in the same wheel is not ({plans[other].reason})"
        for number in libraries:
            if plans[number].abi != Abi.VERSION_SPECIFIC:
                basis_for_crate = _basis_for(crates[number], basis, crates)
                plans[number] = _decide(basis_for_crate, crates[number], Restriction(reason))
    # The wheel has the highest floor, because the extension with that floor cannot be imported below it.
    using = [plan for plan in plans if plan.wheel]
    wheel = max(using, key=lambda plan: plan.floor or (0, 0)) if using else plans[0]
    wheel = wheel._replace(
        features=tuple(dict.fromkeys(feature for plan in plans for feature in plan.features)),
        problems=tuple(dict.fromkeys(problem for plan in plans for problem in plan.problems)),
        notes=tuple(dict.fromkeys(note for plan in plans for note in plan.notes)),
        env={name: value for plan in plans for name, value in plan.env.items()},
    )
    return _check_expected(wheel, basis), plans


def _basis_for(crate: Crate, basis: Basis, crates: Sequence[Crate]) -> Basis:
    """The basis for one of the ``crates`` of a wheel, without the settings that are for the others."""
    # abi3-crate-features applies to the crates that have the feature. If no crate has it, all report the error.
    names = basis.settings.abi3_crate_features
    applying = [name for name in names if name in crate.features or not any(name in c.features for c in crates)]
    settings = basis.settings._replace(abi3_crate_features=tuple(applying))
    if crate.pyo3 is None and any(other.pyo3 for other in crates):
        settings = settings._replace(features=(), abi3="auto", abi3_native="")  # a program in the wheel of an extension
    return basis._replace(settings=settings)


def _decide(basis: Basis, crate: Crate, restriction: Restriction | None = None) -> Plan:
    problems = Problems(basis.settings)
    for given, meant, place in basis.settings.near_misses:
        what = "table" if place else "setting"
        problems.warning("PFB100", f"{given} is not a {what} of this backend", f"did you mean {meant}?", place)
    _check_modules(crate, problems)
    dependency = crate.pyo3
    if dependency is None:
        _check_unused_settings(basis.settings, crate, problems)
        return Plan(
            abi=Abi.VERSION_SPECIFIC,
            floor=None,
            features=(),
            env={},
            wheel=None,
            reason="no PyO3",
            problems=tuple(problems.found),
        )
    case = Case(
        basis=basis, crate=crate, dependency=dependency, release=pyo3.release_of(dependency.version), problems=problems
    )
    _check_rustc(case)
    choice = choose(case, restriction)
    env = check_support(case, choice)
    notes = [("environment", f"{basis.target.label} is newer than PyO3 {dependency.version} supports") for _ in env]
    names = list(choice.features)
    notes += _set_cross_version(case, choice, env)
    notes += _set_extension_module(case, env, names)
    requested = pyo3_features(case)
    names += requested
    notes += [(name, f"requested at {problems.source('features') or problems.source('nightly')}") for name in requested]
    stubs = add_stubs(case, names, notes)
    already = [name for name in names if name in dependency.on]
    notes += [(name, "already on in the crate graph or the delegate's own features") for name in already]
    features = [f"{dependency.key}/{name}" for name in names if name not in dependency.on]
    if choice.abi != Abi.VERSION_SPECIFIC:
        features += crate_features(case)
    return Plan(
        abi=choice.abi,
        floor=choice.floor,
        features=tuple(features),
        env=env,
        wheel=_wheel_tags(crate, basis.target, choice),
        reason=choice.reason,
        problems=tuple(problems.found),
        notes=tuple(notes),
        stubs=stubs,
    )


def _check_unused_settings(settings: Settings, crate: Crate, problems: Problems) -> None:
    """Report the settings that are about PyO3, for a crate that does not use it."""
    abi3 = settings.abi3 not in ("auto", "off") or bool(settings.abi3_native)
    for key, is_set in (("features", bool(settings.features)), ("abi3", abi3)):
        if is_set:
            problems.error(
                "PFB101",
                f"{key} is a setting for PyO3, but crate {crate.name} does not use PyO3",
                f"remove {key}, or add pyo3 to the dependencies",
                problems.source(key),
            )


def _check_modules(crate: Crate, problems: Problems) -> None:
    """Report a crate whose sources do not define the module that Python imports."""
    modules = crate.modules
    if modules is None:
        return
    if modules.uses:
        problems.warning(
            "PFB102",
            f"the sources use PyO3, but crate {crate.name} does not depend on it in this build",
            "add pyo3 to [dependencies]; if it is there and optional, turn on the feature that it belongs to",
            modules.uses,
        )
    elif modules.found:
        listed = ", ".join(f"{name} ({place})" for name, place in dict(modules.found).items())
        problems.warning(
            "PFB103",
            f"Python imports the module as {modules.wanted}, but no #[pymodule] has that name: there is {listed}",
            f'rename one, or write #[pyo3(name = "{modules.wanted}")] below it; an import needs the same name',
            modules.place,
        )


def _set_cross_version(case: Case, choice: Choice, env: dict[str, str]) -> list[tuple[str, str]]:
    """Add to ``env`` what a Python needs of which only the version is known; returns the notes about it."""
    target = case.target
    if not target.by_version or choice.abi != Abi.VERSION_SPECIFIC:
        return []
    # For another platform PyO3's build script does not guess the version. For a stable ABI the floor is enough.
    env["PYO3_CROSS_PYTHON_VERSION"] = python_text(target.version) + ("t" if target.free_threaded else "")
    return [("environment", f"{target.label} is known only by its version")]


def _set_extension_module(case: Case, env: dict[str, str], names: list[str]) -> list[tuple[str, str]]:
    """Keep a library from linking libpython: adds to ``env`` or to the feature ``names``; returns notes about it."""
    if not case.crate.library:
        return [("extension-module", "not for a crate with only bin targets")]
    # PyO3 0.26 and newer read the variable; older ones need the feature to not link libpython (PyO3 changelog).
    if version_tuple(case.dependency.version) >= pyo3.EXTENSION_MODULE_BY_ENVIRONMENT:
        env["PYO3_BUILD_EXTENSION_MODULE"] = "1"
        return [("extension-module", "PyO3 0.26 and later take it from the environment")]
    if "extension-module" in case.dependency.known and case.dependency.direct:
        names.append("extension-module")
        return [("extension-module", "PyO3 below 0.26 needs the cargo feature")]
    return []


def _check_expected(plan: Plan, basis: Basis) -> Plan:
    """The plan, with an error if the setting ``expect`` does not list its tags."""
    settings = basis.settings
    problems = Problems(settings)
    names = {plan.label}
    if plan.wheel and plan.abi == Abi.VERSION_SPECIFIC and is_native(settings, basis.target):
        names.add(NATIVE)
    if settings.expect and not names & set(settings.expect):
        listed = "listed: " + ", ".join(settings.expect)
        problems.error(
            "PFB160", f"the plan is {plan.label}, which `expect` does not list", listed, problems.source("expect")
        )
    return plan._replace(problems=(*plan.problems, *problems.found))


def _wheel_tags(crate: Crate, target: Target, choice: Choice) -> tuple[str, str] | None:
    """(python tag, abi tag); None for a crate with only programs."""
    if not crate.library:
        return None
    if choice.floor is None or choice.abi == Abi.VERSION_SPECIFIC:
        return target.wheel_tag
    return f"cp{choice.floor[0]}{choice.floor[1]}", "abi3" if choice.abi == Abi.ABI3 else "abi3.abi3t"


def _check_rustc(case: Case) -> None:
    """Report a rustc that is older than a dependency needs."""
    dependency, release, rustc = case.dependency, case.release, case.basis.rustc
    required = [(dependency.rust_version or (release.msrv if release else None) or "0", f"PyO3 {dependency.version}")]
    required += [(version, f"the crate {name}") for version, name in case.crate.rust_versions]
    version, who = max(required, key=lambda pair: version_tuple(pair[0]))  # of equal versions, PyO3's
    if version_tuple(rustc) < version_tuple(version):
        message = f"rustc {rustc} is older than {version}, which {who} needs"
        case.problems.error("PFB110", message, "run `rustup update`")
