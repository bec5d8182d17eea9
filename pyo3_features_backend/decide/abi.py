"""Chooses the ABI of a wheel and its floor, and the abi3 features of PyO3 that give them.

Sources of the rules: PEP 384 and PEP 425 (abi3), PEP 803 (abi3t), and PyO3's build scripts, which use the lowest
abi3-pyXX feature that is on.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Place
from ..model.crate import Crate, PyO3
from ..model.target import Target
from ..model.version import Python, python_text, version_tuple
from ..model.words import Abi
from . import pyo3
from .case import Case
from .native import is_native, without_use
from .release import Release

PY_LIMITED_API = "py_limited_api"  # ``Request.by`` for a floor from setuptools' option

FLOOR_OF_CURRENT_PYTHON = "abi3 of the Python that runs the build"


class Choice(NamedTuple):
    """The ABI and its floor, the reason, and the PyO3 features (without the dependency's key) that give this ABI."""

    abi: Abi
    floor: Python | None
    reason: str
    features: tuple[str, ...] = ()


class Declared(NamedTuple):
    """The floor that the project declares. If ``hard``, the crate graph turns abi3 on and no flag can turn it off."""

    floor: Python | None
    hard: bool
    place: Place


class Restriction(NamedTuple):
    """Why a crate must be version-specific: another part of its wheel prevents a stable ABI."""

    reason: str
    place: Place | None = None


def declared(crate: Crate, dependency: PyO3, family: str = "abi3") -> Declared:
    """The floor that the author declares in the crate graph, py_limited_api, or a conditional feature of maturin.

    ``family`` is "abi3" or "abi3t".
    """
    floors = [floor for name in dependency.on if (floor := pyo3.feature_floor(name, family))]
    requests = [(floor, each) for each in crate.promised if (floor := pyo3.feature_floor(each.feature, family))]
    promised = [(floor, request.place) for floor, request in requests if request.by == PY_LIMITED_API]
    conditional = [(floor, request.place) for floor, request in requests if request.by != PY_LIMITED_API]
    if floors or family in dependency.on:
        floor = min(floors, default=None)
        name = f"{family}-py{floor[0]}{floor[1]}" if floor else family
        places = [request.place for request in dependency.requests if request.feature == name]
        if floor is None and promised:  # abi3 alone has no floor, so that of py_limited_api counts
            floor, place = min(promised)
            return Declared(floor, True, place)
        return Declared(floor, True, next(iter(places), dependency.place))
    # A conditional feature declares a floor even if it does not apply to this Python.
    if promised or conditional:
        floor, place = min(promised or conditional)
        return Declared(floor, False, place)
    return Declared(None, False, dependency.place)


def setting_floor(value: str) -> Python | None:
    """The floor in a setting: ``"3.11" -> (3, 11)``; None for a word such as "auto"."""
    major, _, minor = value.partition(".")
    return (int(major), int(minor)) if minor else None


def choose(case: Case, restriction: Restriction | None = None) -> Choice:
    """Choose the ABI for one crate and target; contradictions are added to the problems of ``case``."""
    if not case.crate.library:
        return Choice(Abi.VERSION_SPECIFIC, None, "only bin targets")
    author = declared(case.crate, case.dependency)
    _check_settings(case, author)
    _check_py_limited_api(case, author)
    choice = _choose_abi3t(case) or _choose_alone(case, author)
    if restriction and choice.abi != Abi.VERSION_SPECIFIC:
        _check_restriction(case, author, restriction)
        return Choice(Abi.VERSION_SPECIFIC, None, restriction.reason)
    return choice


def _choose_alone(case: Case, author: Declared) -> Choice:
    """Choose abi3 or a version-specific wheel for a library crate, without regard to the rest of the wheel."""
    target = case.target
    if reason := _reason_without_abi3(target):
        if author.hard:
            message = f"abi3 is on in the crate graph, but {reason}; the wheel is version-specific"
            case.problems.warning(
                "PFB123", message, "remove the feature: the plan turns abi3 on where possible", author.place
            )
        return Choice(Abi.VERSION_SPECIFIC, None, reason)
    if case.abi3 == "off" and not author.hard:
        return Choice(Abi.VERSION_SPECIFIC, None, _off(case))
    if not case.dependency.direct and not author.hard:
        return _indirect(case)
    floor, why = _choose_floor(case, author)
    if floor is None:
        case.problems.warning(
            "PFB130",
            "requires-python has no lower bound, so the wheel is version-specific",
            'add requires-python = ">=3.9" to [project], or python_requires=">=3.9" to setup()',
            Place("pyproject.toml"),
        )
        return Choice(Abi.VERSION_SPECIFIC, None, why)
    floor = _limit_floor(case, floor)
    text = python_text(floor)
    if target.version < floor:
        if author.hard:
            case.problems.error(
                "PFB132",
                f"{target.label} is below the floor {text}, and the crate graph turns abi3 on",
                f'remove that feature and set abi3 = "{text}" in [tool.pyo3-features-backend]',
                author.place,
            )
        return Choice(Abi.VERSION_SPECIFIC, None, f"{target.label} is below the floor {text}")
    bare = case.settings.abi3 == "current" and floor == target.version and author.floor is None
    return Choice(abi=Abi.ABI3, floor=floor, reason=why, features=("abi3",) if bare else (pyo3.abi3_feature(floor),))


def _off(case: Case) -> str:
    """What turns abi3 off for this Python, in words."""
    native = is_native(case.settings, case.target)
    return f'{case.target.label} is native ("{case.settings.abi3_native}")' if native else 'abi3 = "off"'


def _reason_without_abi3(target: Target) -> str | None:
    """Why a Python has no abi3; None if it has."""
    if target.implementation != "cpython" or target.free_threaded or target.debug:
        return f"{target.label} has no abi3"
    return f"no abi3 on {target.system}" if target.is_wasm else None


def _indirect(case: Case) -> Choice:
    """The choice for a crate that uses PyO3 only through another crate: no cargo flag can set the features there."""
    settings, problems = case.settings, case.problems
    message = f"{case.crate.name} uses PyO3 only through another crate, so its features cannot be set"
    hint = "add pyo3 to the crate's own dependencies for a stable-ABI wheel"
    if "abi3" in settings.sources and settings.abi3 not in ("auto", "off"):
        problems.error("PFB152", message, hint, problems.source("abi3"))
    else:
        problems.warning("PFB133", f"{message}; the wheel is version-specific", hint)
    return Choice(Abi.VERSION_SPECIFIC, None, "PyO3 only through another crate")


def _check_settings(case: Case, author: Declared) -> None:
    """Check that the settings agree with the crate graph and with the floors that PyO3 offers."""
    settings, dependency, target, problems = case.settings, case.dependency, case.target, case.problems
    explicit = target.version if case.abi3 == "current" else setting_floor(case.abi3)
    if case.abi3 == "off" and author.hard:
        report = problems.warning if problems.from_outside("abi3") else problems.error
        report(
            "PFB120",
            f"{_off(case)}, but a feature in the crate graph turns abi3 on, and cargo cannot turn it off from outside",
            f"remove it at {author.place}",
            problems.source("abi3"),
        )
    if explicit and author.floor and explicit != author.floor:
        problems.error(
            "PFB121",
            f"abi3 = {settings.abi3!r} contradicts {pyo3.abi3_feature(author.floor)} at {author.place}",
            "keep one of the two",
            problems.source("abi3"),
        )
    lowest = setting_floor(settings.abi3) or author.floor or case.basis.lower_bound
    if settings.abi3_native and lowest and (useless := without_use(settings.abi3_native, lowest)):
        hint = 'name the Pythons from one to another, as in native = ">=3.10,<3.14"'
        problems.warning("PFB127", f'native = "{settings.abi3_native}" {useless}', hint, problems.source("abi3"))
    for key, value, family in (("abi3", settings.abi3, "abi3"), ("abi3t", settings.abi3t, "abi3t")):
        floor = setting_floor(value)
        offered = sorted(known for name in dependency.known if (known := pyo3.feature_floor(name, family)))
        if floor and floor not in offered and not (family == "abi3t" and not offered and not target.free_threaded):
            listed = ", ".join(map(python_text, offered)) or "none"
            problems.error(
                "PFB122",
                f"{dependency.crate} {dependency.version} offers no {family} floor {value}",
                f"it offers {listed}",
                problems.source(key),
            )


def _check_py_limited_api(case: Case, author: Declared) -> None:
    """Check that setuptools' py_limited_api agrees with the setting and the crate graph."""
    problems = case.problems
    for request in case.crate.promised:
        if request.by != PY_LIMITED_API:
            continue
        floor = pyo3.feature_floor(request.feature)
        if case.abi3 == "off":
            report = problems.warning if problems.from_outside("abi3") else problems.error
            message = f"{_off(case)}, but py_limited_api at {request.place} asks for a stable-ABI wheel"
            report("PFB125", message, "keep one of the two", problems.source("abi3"))
        elif author.hard and floor and author.floor != floor:
            message = f"py_limited_api = cp{floor[0]}{floor[1]} contradicts the floor of the crate graph"
            lowest = f", {python_text(author.floor)} at {author.place}" if author.floor else ""
            problems.error("PFB126", message + lowest, "keep one of the two", request.place)


def _check_restriction(case: Case, author: Declared, restriction: Restriction) -> None:
    """Report the settings that ask for a stable ABI that another part of the wheel prevents."""
    settings, crate, problems = case.settings, case.crate, case.problems
    promise = next((request.place for request in crate.promised if request.by == PY_LIMITED_API), None)
    if settings.abi3 not in ("auto", "off") or promise:
        asked = f"abi3 = {settings.abi3!r}" if settings.abi3 not in ("auto", "off") else f"py_limited_api at {promise}"
        where = f" ({restriction.place})" if restriction.place else ""
        problems.error(
            "PFB170",
            f"{asked} asks for a stable-ABI wheel, but {restriction.reason}{where}",
            "port every extension of the wheel to the limited API, or remove the setting",
            problems.source("abi3") or promise,
        )
    elif author.hard:
        problems.warning(
            "PFB171",
            f"a feature in the crate graph of {crate.name} turns abi3 on, but {restriction.reason}, "
            "so the wheel is version-specific",
            place=author.place,
        )


def _choose_abi3t(case: Case) -> Choice | None:
    """Choose the free-threaded stable ABI (PEP 803) if the project asks for it and the target has it; else None."""
    settings, crate, dependency, target, problems = (
        case.settings,
        case.crate,
        case.dependency,
        case.target,
        case.problems,
    )
    graph = declared(crate, dependency, "abi3t")
    if graph.hard and "off" in (settings.abi3t, case.abi3 if settings.abi3t == "auto" else ""):
        key = "abi3t" if settings.abi3t == "off" else "abi3"
        report = problems.warning if problems.from_outside(key) else problems.error
        off = 'abi3t = "off"' if key == "abi3t" else _off(case)
        message = f"{off}, but a feature in the crate graph turns abi3t on"
        report("PFB124", message, f"remove it at {graph.place}", problems.source(key))
    if target.implementation != "cpython" or target.debug or target.version < (3, 15) or target.is_wasm:
        return None
    floor = graph.floor or setting_floor(settings.abi3t)
    if graph.hard and floor is None:
        floor = target.version
    # For a Python with the GIL, an abi3 wheel serves more Pythons. But if the crate graph turns abi3t on, the delegate
    # uses that.
    if floor is None or floor > target.version or not (target.free_threaded or graph.hard):
        return None
    if version_tuple(dependency.version) < pyo3.ABI3T_WORKS or not (dependency.direct or graph.hard):
        return None
    why = f"abi3t declared at {graph.place}" if graph.hard else f"abi3t = {settings.abi3t!r}"
    return Choice(abi=Abi.ABI3T, floor=floor, reason=why, features=(f"abi3t-py{floor[0]}{floor[1]}",))


def _choose_floor(case: Case, author: Declared) -> tuple[Python | None, str]:
    """(the floor, the reason). The author's declaration wins over the setting, and this over requires-python."""
    if author.floor:
        return author.floor, f"declared at {author.place}"
    setting, lower_bound = case.settings.abi3, case.basis.lower_bound
    if explicit := setting_floor(setting):
        return explicit, f"abi3 = {setting!r}"
    if setting == "current" or (lower_bound is None and author.hard):
        return case.target.version, FLOOR_OF_CURRENT_PYTHON
    if lower_bound:
        return lower_bound, f"requires-python {case.basis.requires_python}"
    return None, "no lower bound in requires-python"


def floors(dependency: PyO3, release: Release | None) -> list[Python]:
    """The abi3 floors that the resolved PyO3 offers and that have an effect, lowest first."""
    offered = sorted(floor for name in dependency.known if (floor := pyo3.feature_floor(name)))
    if release and release is not pyo3.releases()[-1]:  # for a PyO3 newer than the table, its own features decide
        return [floor for floor in offered if floor <= release.abi3_max_effective] or offered[:1]
    return offered


def _limit_floor(case: Case, floor: Python) -> Python:
    """Limit ``floor`` to those that the resolved PyO3 offers and that have an effect."""
    dependency = case.dependency
    effective = floors(dependency, case.release)
    lowest = effective[0] if effective else floor
    if floor < lowest:
        if floor == case.basis.lower_bound:  # a setting below the lowest floor is an error (PFB122)
            case.problems.warning(
                "PFB131",
                f"requires-python {case.basis.requires_python} promises more than {dependency.crate} "
                f"{dependency.version}, whose lowest abi3 floor is {python_text(lowest)}",
                f'set requires-python = ">={python_text(lowest)}"',
            )
        return lowest
    return min(floor, effective[-1]) if effective else floor
