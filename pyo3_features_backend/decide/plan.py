"""The one decision: facts in, :class:`Plan` out. Pure: it reads no file, no environment, no interpreter.

Its parts in the order in which :func:`decide` takes them: the toolchain, the ABI (`abi.py`), whether PyO3 supports the
Python at all, extension-module, the PyO3 features that the project asks for, the guard.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import closest
from ..model.crate import Crate, PyO3
from ..model.plan import Plan
from ..model.problem import Problem, Problems
from ..model.settings import Settings
from ..model.target import Target
from ..model.version import Python, python_text, version_tuple
from . import pyo3
from .abi import Choice, Held, choose
from .features import FEATURES
from .release import Release

__all__ = ["Held", "Plan", "Problem", "decide", "decide_together"]


def decide(
    settings: Settings,
    lower: Python | None,
    requires_python: str | None,
    crate: Crate,
    target: Target,
    rustc: str,
) -> Plan:
    """The plan for one build. ``lower`` is the lower bound of ``requires_python``; ``rustc`` a version like 1.95.0.

    Never raises for what a user can get wrong: errors are in ``Plan.problems``.
    """
    plan = _decide(settings, lower, requires_python, crate, target, rustc)
    return _guarded(plan, settings)


def decide_together(
    settings: Settings,
    lower: Python | None,
    requires_python: str | None,
    crates: Sequence[Crate],
    target: Target,
    rustc: str,
    held: Sequence[Held | None] = (),
) -> tuple[Plan, list[Plan]]:
    """One wheel of several extension crates: (the plan of the wheel, the plan of each crate).

    A wheel has one tag, so it is a stable-ABI one only where each of its extensions is; its floor is then the highest
    of theirs. ``held`` says for each crate what else in the wheel keeps it version-specific, if anything does.
    """
    holds = list(held) or [None] * len(crates)

    def part(at: int) -> Plan:
        # A crate feature that goes with the stable ABI belongs to the crates that have it; to none of them: an error.
        names = settings.abi3_crate_features
        mine = [name for name in names if name in crates[at].features or not any(name in c.features for c in crates)]
        own = settings._replace(abi3_crate_features=tuple(mine))
        if crates[at].pyo3 is None and any(crate.pyo3 for crate in crates):
            own = own._replace(features=(), abi3="auto")  # a program beside: what is asked of PyO3 is not asked of it
        return _decide(own, lower, requires_python, crates[at], target, rustc, holds[at])

    plans = [part(at) for at in range(len(crates))]
    libraries = [at for at, crate in enumerate(crates) if crate.library]
    if len({plans[at].abi for at in libraries}) > 1:
        odd = next((at for at in libraries if plans[at].abi == "version-specific"), libraries[0])
        reason = f"extension crate {crates[odd].name} in the same wheel is not ({plans[odd].reason})"
        for at in libraries:
            if plans[at].abi != "version-specific":
                holds[at] = Held(reason)
                plans[at] = part(at)
    # The highest floor: below it, that extension could not be imported.
    using = [plan for plan in plans if plan.wheel]
    wheel = max(using, key=lambda plan: plan.floor or (0, 0)) if using else plans[0]
    features = tuple(dict.fromkeys(feature for plan in plans for feature in plan.features))
    problems = tuple(dict.fromkeys(problem for plan in plans for problem in plan.problems))
    notes = tuple(dict.fromkeys(note for plan in plans for note in plan.notes))
    env = {name: value for plan in plans for name, value in plan.env.items()}
    wheel = wheel._replace(features=features, problems=problems, notes=notes, env=env)
    return _guarded(wheel, settings), plans


def _decide(
    settings: Settings,
    lower: Python | None,
    requires_python: str | None,
    crate: Crate,
    target: Target,
    rustc: str,
    held: Held | None = None,
) -> Plan:
    problems = Problems(settings)
    for given, meant in settings.near_misses:
        problems.warning("PFB100", f"{given} is not one of ours", f"did you mean {meant}?")
    dependency = crate.pyo3
    if dependency is None:
        for key, wants in (("features", settings.features), ("abi3", settings.abi3 not in ("auto", "off"))):
            if wants:
                problems.error(
                    "PFB101",
                    f"{key} asks for PyO3, but crate {crate.name} does not use it",
                    f"take {key} out, or add pyo3 to the dependencies",
                    problems.source(key),
                )
        return Plan("version-specific", None, (), {}, None, "no PyO3", tuple(problems.found))
    release = pyo3.release_of(dependency.version)
    _toolchain(crate, dependency, release, rustc, problems)
    choice = choose(settings, lower, requires_python, crate, dependency, release, target, problems, held)
    env = _supported(dependency, release, target, choice, problems)
    wanted = list(choice.features)
    notes = [("environment", f"{target.label} is newer than PyO3 {dependency.version} knows") for _ in env]
    if target.by_version and choice.abi == "version-specific":
        # PyO3's build script refuses to guess it for another platform; a stable ABI has it in its floor.
        flavour = "t" if target.free_threaded else ""
        env["PYO3_CROSS_PYTHON_VERSION"] = python_text(target.version) + flavour
        notes.append(("environment", f"{target.label} is known by its version only"))
    if not crate.library:
        notes.append(("extension-module", "not for a crate with only bin targets"))
    else:
        # From 0.26 the variable does it; below, a library without the feature links libpython (PyO3 changelog).
        if version_tuple(dependency.version) >= pyo3.EXTENSION_MODULE_BY_ENVIRONMENT:
            env["PYO3_BUILD_EXTENSION_MODULE"] = "1"
            notes.append(("extension-module", "PyO3 0.26 and later take it from the environment"))
        elif "extension-module" in dependency.known and dependency.direct:
            wanted.append("extension-module")
            notes.append(("extension-module", "PyO3 below 0.26 needs the cargo feature"))
    asked = _asked_features(settings, crate, dependency, target, rustc, problems)
    wanted += asked
    notes += [(name, f"asked for at {problems.source('features') or problems.source('nightly')}") for name in asked]
    already = [name for name in wanted if name in dependency.on]
    notes += [(name, "on already, in the crate graph or the delegate's own features") for name in already]
    features = [f"{dependency.key}/{name}" for name in wanted if name not in dependency.on]
    if choice.abi != "version-specific":
        features += _crate_features(settings, crate, problems)
    wheel = _wheel(crate, target, choice)
    found = tuple(problems.found)
    return Plan(choice.abi, choice.floor, tuple(features), env, wheel, choice.reason, found, tuple(notes))


def _guarded(plan: Plan, settings: Settings) -> Plan:
    problems = Problems(settings)
    if settings.expect and plan.label not in settings.expect:
        listed = "listed: " + ", ".join(settings.expect)
        problems.error(
            "PFB160", f"the plan is {plan.label}, which `expect` does not list", listed, problems.source("expect")
        )
    return plan._replace(problems=(*plan.problems, *problems.found))


def _wheel(crate: Crate, target: Target, choice: Choice) -> tuple[str, str] | None:
    if not crate.library:
        return None
    if choice.floor is None or choice.abi == "version-specific":
        return target.wheel_tag
    return f"cp{choice.floor[0]}{choice.floor[1]}", "abi3" if choice.abi == "abi3" else "abi3.abi3t"


def _toolchain(crate: Crate, dependency: PyO3, release: Release | None, rustc: str, problems: Problems) -> None:
    needs = [(dependency.rust_version or (release.msrv if release else None) or "0", f"PyO3 {dependency.version}")]
    needs += [(version, f"the crate {name}") for version, name in crate.rust_versions]
    version, who = max(needs, key=lambda need: version_tuple(need[0]))  # PyO3 first where they are equal
    if version_tuple(rustc) < version_tuple(version):
        problems.error("PFB110", f"rustc {rustc} is older than {version}, which {who} needs", "run `rustup update`")


def limits(release: Release, target: Target) -> tuple[Python | None, Python]:
    """(the lowest that ``release`` supports of the target's kind of Python, what to compare with it)."""
    if target.implementation == "graalpy":
        return release.graalpy_min, target.implementation_version
    if target.implementation != "cpython":
        return release.pypy_min, target.version
    return release.free_threaded_min if target.free_threaded else release.cpython_min, target.version


def _highest(release: Release, target: Target) -> Python | None:
    """The highest Python that ``release`` supports of the target's kind; None where it makes no check."""
    highest = {"graalpy": release.graalpy_python_max, "pypy": release.pypy_max}
    return highest.get(target.implementation, release.cpython_max)


def _supported(
    dependency: PyO3, release: Release | None, target: Target, choice: Choice, problems: Problems
) -> dict[str, str]:
    """Whether PyO3's build script takes this Python; the environment that it needs to."""
    if release is None:
        return {}

    def unsupported(fits: list[str], which: int) -> dict[str, str]:
        problems.error(
            "PFB140",
            f"PyO3 {dependency.version} does not support {target.label}",
            f"PyO3 {fits[which]} does" if fits else "no known release of PyO3 does",
            dependency.place,
        )
        return {}

    def fits_below(other: Release) -> bool:
        lowest, have = limits(other, target)
        return lowest is not None and lowest <= have

    def fits_above(other: Release) -> bool:
        highest = _highest(other, target)
        return highest is None or target.version <= highest

    if not fits_below(release):
        known = pyo3.releases()
        both = [other.series for other in known if fits_below(other) and fits_above(other)]
        return unsupported(both, -1)
    highest = _highest(release, target)
    if highest is None or fits_above(release):
        return {}
    if choice.abi != "version-specific":
        variable = pyo3.forward_compatibility_variable(dependency.version)
        return {variable: "1"} if variable else {}
    one_above = target.version == (highest[0], highest[1] + 1)
    if one_above and version_tuple(dependency.version) >= pyo3.ONE_ABOVE_MAXIMUM_WARNS:
        message = f"PyO3 {dependency.version} supports {target.label} only experimentally"
        problems.warning("PFB141", message, "do not publish this wheel")
        return {}
    # A release that makes no check at the top is older than this Python, so it is no remedy.
    checked = [
        other for other in pyo3.releases() if _highest(other, target) and fits_above(other) and fits_below(other)
    ]
    return unsupported([other.series for other in checked], 0)


def _asked_features(
    settings: Settings, crate: Crate, dependency: PyO3, target: Target, rustc: str, problems: Problems
) -> list[str]:
    """The PyO3 features of the settings that hold for this build; the others become problems."""
    is_nightly = "nightly" in rustc or "dev" in rustc
    names = list(settings.features)
    if settings.nightly == "on" or (settings.nightly == "auto" and is_nightly):
        names.append("nightly")
    wanted = []
    for name in dict.fromkeys(names):
        place = problems.source("features")
        before = len(problems.found)
        if name.startswith("abi3") or name == "extension-module":
            problems.error(
                "PFB150", f"{name} does not belong in features", "the backend decides it; see the abi3 setting", place
            )
        elif name not in dependency.known:
            message = f"{dependency.crate} {dependency.version} has no feature {name!r}"
            problems.error("PFB151", message, _unknown(name, dependency), place)
        elif not dependency.direct:
            problems.error(
                "PFB152",
                f"{name} cannot be set: {crate.name} uses PyO3 only through another crate",
                "add pyo3 to the crate's own dependencies",
                place,
            )
        elif name == "nightly" and not is_nightly:
            problems.error(
                "PFB153",
                f"the nightly feature needs a nightly toolchain; rustc is {rustc}",
                'build with RUSTUP_TOOLCHAIN=nightly, or set nightly = "auto"',
                problems.source("nightly") or place,
            )
        elif name == "auto-initialize" and not target.shared:
            problems.error(
                "PFB154",
                f"auto-initialize needs a shared libpython, which this {target.label} lacks",
                "use a Python that was built with --enable-shared",
                place,
            )
        elif (
            name == "multiple-pymethods"
            and target.is_wasm
            and crate.inventory
            and version_tuple(crate.inventory) < pyo3.INVENTORY_ON_WASM
        ):
            problems.error(
                "PFB157",
                f"multiple-pymethods does not work with inventory {crate.inventory} on wasm",
                "run `cargo update -p inventory`",
                place,
            )
        if len(problems.found) > before:
            continue
        if name == "auto-initialize" and crate.library:
            problems.warning(
                "PFB155", "auto-initialize is for embedding Python; an extension module has no use for it", place=place
            )
        wanted.append(name)
    return wanted


def _unknown(name: str, dependency: PyO3) -> str:
    """What to say of a feature that the resolved PyO3 does not have."""
    first, last = FEATURES.get(name, (None, None))
    if dependency.crate == "pyo3" and last and version_tuple(last) < version_tuple(dependency.version):
        return f"PyO3 {last} was the last release with it"
    if dependency.crate == "pyo3" and first and version_tuple(first) > version_tuple(dependency.version):
        return f"PyO3 {first} is the first release with it"
    near = closest(name, sorted(dependency.known), 3)
    return "did you mean " + ", ".join(near) + "?" if near else "it has " + ", ".join(sorted(dependency.known))


def _crate_features(settings: Settings, crate: Crate, problems: Problems) -> list[str]:
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
