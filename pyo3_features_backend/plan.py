"""The one decision: facts in, :class:`Plan` out. Pure; the rules are those of the README's table."""

from __future__ import annotations

from typing import NamedTuple

from . import pyo3
from .crates import Crate
from .errors import Place, closest
from .settings import Settings
from .target import Target


class Problem(NamedTuple):
    """Something to tell: ``severity`` is "error" (nothing is built) or "warning"."""

    code: str
    severity: str
    message: str
    place: Place | None = None
    hint: str | None = None


class Plan(NamedTuple):
    """``wheel`` is (python tag, abi tag), None where the delegate decides; ``features`` are cargo's spelling."""

    abi: str
    floor: tuple[int, int] | None
    features: tuple[str, ...]
    env: dict[str, str]
    wheel: tuple[str, str] | None
    reason: str
    problems: tuple[Problem, ...]

    @property
    def label(self) -> str:
        return "-".join(self.wheel) if self.wheel else "the delegate's own wheel"


def decide(
    settings: Settings,
    lower: tuple[int, int] | None,
    requires_python: str | None,
    crate: Crate,
    target: Target,
    rustc: str,
) -> Plan:
    """The plan for one build. ``lower`` is the lower bound of ``requires_python``; ``rustc`` a version like 1.95.0.

    Never raises for what a user can get wrong: errors are in ``Plan.problems``.
    """
    problems: list[Problem] = []
    dependency = crate.pyo3

    def problem(code: str, severity: str, message: str, hint: str | None = None, place: Place | None = None) -> None:
        problems.append(Problem(code, severity, message, place, hint))

    def source(key: str) -> Place | None:
        return settings.sources[key][1] if key in settings.sources else None

    for given, meant in settings.near_misses:
        problem("PFB100", "warning", f"{given} is not one of ours", f"did you mean {meant}?")
    if dependency is None:
        if settings.features or settings.abi3 not in ("auto", "off"):
            key = "features" if settings.features else "abi3"
            problem(
                "PFB101",
                "error",
                f"{key} asks for PyO3, but crate {crate.name} does not use it",
                f"take {key} out, or add pyo3 to the dependencies",
                source(key),
            )
        return Plan("version-specific", None, (), {}, None, "no PyO3", tuple(problems))

    version = pyo3.version_tuple(dependency.version)
    release = pyo3.release_of(dependency.version)
    on, known, key = dependency.on, dependency.known, dependency.key
    wanted: list[str] = []
    env: dict[str, str] = {}
    rust_version = dependency.rust_version or (release.msrv if release else None)
    if rust_version and pyo3.version_tuple(rustc) < pyo3.version_tuple(rust_version):
        problem(
            "PFB110",
            "error",
            f"rustc {rustc} is older than {rust_version}, which PyO3 {dependency.version} needs",
            "rustup update",
        )

    def written(*names: str) -> Place:
        """Where one of these features is turned on; the dependency itself if nobody is found."""
        return next((one.place for one in dependency.requests if one.feature in names), dependency.place)

    rust = max(crate.rust_versions, key=lambda one: pyo3.version_tuple(one[0]), default=None)
    if rust and not problems and pyo3.version_tuple(rustc) < pyo3.version_tuple(rust[0]):
        problem(
            "PFB110",
            "error",
            f"rustc {rustc} is older than {rust[0]}, which the crate {rust[1]} needs",
            "rustup update",
        )
    floors_on = [floor for floor in map(pyo3.feature_floor, on) if floor]
    declared = min(floors_on, default=None)
    hard = declared is not None or "abi3" in on
    at = written(pyo3.abi3_feature(declared) if declared else "abi3")
    if declared is None and (floors := [f for one in crate.promised if (f := pyo3.feature_floor(one.feature))]):
        # Conditional features of the delegate's table that do not apply here are the author's promise all the same.
        declared = min(floors)
        at = next(one.place for one in crate.promised if one.feature == pyo3.abi3_feature(declared))
    cpython_gil = target.implementation == "cpython" and not target.free_threaded
    capable = cpython_gil and not target.debug and not target.is_wasm and crate.library
    abi, floor, reason = "version-specific", None, ""
    explicit = tuple(map(int, settings.abi3.split("."))) if settings.abi3[:1] == "3" else None
    stable_t = settings.abi3t[:1] == "3" or (settings.abi3t == "auto" and "abi3t" in on)

    if settings.abi3 == "off" and hard:
        in_table = settings.sources.get("abi3", ("table",))[0] == "table"
        problem(
            "PFB120",
            "error" if in_table else "warning",
            'abi3 = "off", but a feature in the crate graph turns abi3 on',
            f"take it out at {at}",
            source("abi3"),
        )
    if settings.abi3 == "current" and declared and declared != target.version:
        explicit = target.version
    if explicit and declared and explicit != declared:
        problem(
            "PFB121",
            "error",
            f"abi3 = {settings.abi3!r} contradicts abi3-py{declared[0]}{declared[1]} at {at}",
            "keep one of the two",
            source("abi3"),
        )
    if explicit and pyo3.abi3_feature((explicit[0], explicit[1])) not in known:
        offered = sorted(floor for floor in map(pyo3.feature_floor, known) if floor)
        problem(
            "PFB122",
            "error",
            f"PyO3 {dependency.version} offers no floor {settings.abi3}",
            "it offers " + ", ".join(map(pyo3.python_text, offered)),
            source("abi3"),
        )

    if not capable:
        reason = f"{target.label} has no abi3" if crate.library else "only bin targets"
        if (
            target.implementation == "cpython"
            and target.free_threaded
            and target.version >= (3, 15)
            and stable_t
            and version >= pyo3.ABI3T_WORKS
            and "abi3t-py315" in known
            and crate.library
        ):
            abi, floor, reason = "abi3t", (3, 15), "abi3t"
            wanted.append("abi3t-py315")
        elif hard and crate.library:
            problem(
                "PFB123", "warning", f"abi3 is on in the graph, but {reason}; the wheel is version-specific", place=at
            )
    elif settings.abi3 == "off" and not hard:
        reason = 'abi3 = "off"'
    else:
        if declared:
            floor, reason = declared, f"declared at {at}"
        elif explicit:
            floor, reason = (explicit[0], explicit[1]), f"abi3 = {settings.abi3!r}"
        elif settings.abi3 == "current" or (lower is None and hard):
            floor, reason = target.version, "abi3 of the building Python"
        elif lower is not None:
            floor, reason = lower, f"requires-python {requires_python}"
        else:
            reason = "no requires-python"
            problem(
                "PFB130",
                "warning",
                "no lower bound in requires-python, so the wheel is version-specific",
                'add requires-python = ">=3.9" to [project]',
                Place("pyproject.toml"),
            )
        if floor is not None:
            lowest = min((f for f in map(pyo3.feature_floor, known) if f), default=floor)
            highest = release.abi3_max_effective if release else floor
            if release is pyo3.releases()[-1]:  # a PyO3 newer than the table: its own feature names win
                highest = max([highest, *(f for f in map(pyo3.feature_floor, known) if f)])
            if floor < lowest:
                problem(
                    "PFB131",
                    "warning",
                    f"requires-python {requires_python} promises more than PyO3 "
                    f"{dependency.version}, whose lowest floor is {pyo3.python_text(lowest)}",
                )
                floor = lowest
            floor = min(floor, highest)
            if target.version < floor:
                if hard:
                    problem(
                        "PFB132",
                        "error",
                        f"{target.label} is below the floor {pyo3.python_text(floor)} that the crate graph turns on",
                        f'take the feature out and set abi3 = "{pyo3.python_text(floor)}" instead',
                        dependency.place,
                    )
                reason, floor = f"{target.label} is below the floor {pyo3.python_text(floor)}", None
            elif not dependency.direct and not hard:
                problem(
                    "PFB133",
                    "warning",
                    f"{crate.name} uses PyO3 only through another crate, so its features "
                    "cannot be set; the wheel is version-specific",
                )
                floor, reason = None, "PyO3 only through another crate"
            else:
                abi = "abi3"
                current = settings.abi3 == "current" and floor == target.version and not declared
                wanted.append("abi3" if current else pyo3.abi3_feature(floor))

    # Is this Python one that PyO3 builds for? (PyO3's build script, per release.)
    if release:
        lowest_python = release.cpython_min if target.implementation == "cpython" else release.pypy_min
        if target.implementation == "graalpy":
            lowest_python = release.graalpy_min
        have = target.implementation_version if target.implementation == "graalpy" else target.version
        if target.free_threaded:
            lowest_python = release.free_threaded_min
        if lowest_python is None or have < lowest_python:
            fits = [
                entry.series
                for entry in pyo3.releases()
                if (
                    low := entry.free_threaded_min
                    if target.free_threaded
                    else entry.cpython_min
                    if target.implementation == "cpython"
                    else entry.graalpy_min
                    if target.implementation == "graalpy"
                    else entry.pypy_min
                )
                and low <= have
            ]
            problem(
                "PFB140",
                "error",
                f"PyO3 {dependency.version} does not support {target.label}",
                f"PyO3 {fits[-1]} does" if fits else "no known release of PyO3 does",
                dependency.place,
            )
        elif release.cpython_max and target.version > release.cpython_max:
            variable = pyo3.forward_compatibility_variable(dependency.version)
            one_above = target.version == (release.cpython_max[0], release.cpython_max[1] + 1)
            if abi != "version-specific":
                if variable:
                    env[variable] = "1"
            elif one_above and version >= pyo3.ONE_ABOVE_MAXIMUM_WARNS:
                problem("PFB141", "warning", f"PyO3 {dependency.version} supports {target.label} only experimentally")
            else:
                fits = [e.series for e in pyo3.releases() if e.cpython_max and e.cpython_max >= target.version]
                problem(
                    "PFB140",
                    "error",
                    f"PyO3 {dependency.version} does not support {target.label}",
                    f"PyO3 {fits[0]} does" if fits else "no known release of PyO3 does yet",
                    dependency.place,
                )

    if crate.library:
        if version >= pyo3.EXTENSION_MODULE_BY_ENVIRONMENT:
            env["PYO3_BUILD_EXTENSION_MODULE"] = "1"
        elif "extension-module" in known and dependency.direct:
            wanted.append("extension-module")

    names = list(settings.features)
    is_nightly = "nightly" in rustc or "dev" in rustc
    if settings.nightly == "on" or (settings.nightly == "auto" and is_nightly):
        names.append("nightly")
    for name in dict.fromkeys(names):
        place = source("features")
        if name.startswith(("abi3", "extension-module")):
            problem("PFB150", "error", f"{name} does not belong in features", "the backend decides it; see abi3", place)
        elif name not in known:
            first, last = pyo3.feature_history().get(name, (None, None))
            near = closest(name, sorted(known), 3)
            hint = (
                f"PyO3 {last} was the last with it"
                if last
                else f"PyO3 {first} is the first with it"
                if first
                else "did you mean " + ", ".join(near) + "?"
                if near
                else "see PyO3's list of features"
            )
            problem("PFB151", "error", f"{dependency.crate} {dependency.version} has no feature {name!r}", hint, place)
        elif not dependency.direct:
            problem("PFB152", "error", f"{crate.name} uses PyO3 only through another crate", "depend on it", place)
        elif (
            name == "multiple-pymethods"
            and target.is_wasm
            and crate.inventory
            and (pyo3.version_tuple(crate.inventory) < pyo3.INVENTORY_ON_WASM)
        ):
            problem(
                "PFB157",
                "error",
                f"multiple-pymethods does not work with inventory {crate.inventory} on wasm",
                "cargo update -p inventory",
                place,
            )
        elif name == "nightly" and not is_nightly:
            problem(
                "PFB153",
                "error",
                f"the nightly feature needs a nightly toolchain; rustc is {rustc}",
                'use `RUSTUP_TOOLCHAIN=nightly`, or nightly = "auto"',
                source("nightly") or place,
            )
        else:
            wanted.append(name)
        if name == "auto-initialize" and not target.shared:
            problem(
                "PFB154",
                "error",
                f"auto-initialize needs a shared libpython, which {target.label} lacks",
                "use a Python built with --enable-shared",
                place,
            )
        elif name == "auto-initialize" and crate.library:
            problem(
                "PFB155",
                "warning",
                "auto-initialize is for embedding; an extension module does not need it",
                place=place,
            )
    features = [f"{key}/{name}" for name in wanted if name not in on]
    if abi != "version-specific":
        for name in settings.abi3_crate_features:
            if name not in crate.features:
                problem(
                    "PFB156",
                    "error",
                    f"crate {crate.name} has no feature {name!r}",
                    None,
                    source("abi3-crate-features"),
                )
            features.append(name)
    own = target.wheel_tag
    wheel: tuple[str, str] | None = own
    if abi == "abi3" and floor:
        wheel = (f"cp{floor[0]}{floor[1]}", "abi3")
    elif abi == "abi3t":
        wheel = ("cp315", "abi3.abi3t")
    if not crate.library:
        wheel = None
    plan = Plan(abi, floor, tuple(features), env, wheel, reason, tuple(problems))
    if settings.expect and plan.label not in settings.expect:
        problem(
            "PFB160",
            "error",
            f"the plan is {plan.label}, which `expect` does not list",
            "listed: " + ", ".join(settings.expect),
            source("expect"),
        )
        plan = Plan(abi, floor, tuple(features), env, wheel, reason, tuple(problems))
    return plan
