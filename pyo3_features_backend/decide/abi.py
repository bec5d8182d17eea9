"""Which ABI a wheel has, and its floor: the part of the decision that PyO3's abi3 features are about.

Rules: PEP 384 and PEP 425 (abi3), PEP 803 (abi3t), PyO3's build scripts; PyO3 takes the lowest abi3-pyXX that is on.
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
from .release import Release

PY_LIMITED_API = "py_limited_api"  # who promises a floor in setuptools' words


OF_THE_BUILDER = "abi3 of the building Python"


class Choice(NamedTuple):
    """The ABI, its floor, why, and the PyO3 features (without the dependency's key) that make it so."""

    abi: Abi
    floor: Python | None
    reason: str
    features: tuple[str, ...] = ()


class Declared(NamedTuple):
    """What the project turns on by itself: ``hard`` where a build of ours cannot leave it out."""

    floor: Python | None
    hard: bool
    place: Place


class Held(NamedTuple):
    """Why a crate has to be version-specific whatever its own facts say: what shares its wheel."""

    reason: str
    place: Place | None = None


def declared(crate: Crate, dependency: PyO3, family: str = "abi3") -> Declared:
    """The floor that the author put into the crate graph, into py_limited_api, or a conditional feature."""
    floors = [floor for name in dependency.on if (floor := pyo3.feature_floor(name, family))]
    given = [(floor, one) for one in crate.promised if (floor := pyo3.feature_floor(one.feature, family))]
    promised = [(floor, one.place) for floor, one in given if one.by == PY_LIMITED_API]
    elsewhere = [(floor, one.place) for floor, one in given if one.by != PY_LIMITED_API]
    if floors or family in dependency.on:
        floor = min(floors, default=None)
        name = f"{family}-py{floor[0]}{floor[1]}" if floor else family
        places = [one.place for one in dependency.requests if one.feature == name]
        if floor is None and promised:  # a bare abi3 takes its floor from the wheel's
            floor, place = min(promised)
            return Declared(floor, True, place)
        return Declared(floor, True, next(iter(places), dependency.place))
    # A conditional feature that does not apply to this Python is the author's promise all the same.
    if promised or elsewhere:
        floor, place = min(promised or elsewhere)
        return Declared(floor, False, place)
    return Declared(None, False, dependency.place)


def setting_floor(value: str) -> Python | None:
    """``"3.11" -> (3, 11)``; None for a word like auto."""
    major, _, minor = value.partition(".")
    return (int(major), int(minor)) if minor else None


def choose(case: Case, held: Held | None = None) -> Choice:
    """The ABI for one target; contradictions become problems."""
    if not case.crate.library:
        return Choice(Abi.VERSION_SPECIFIC, None, "only bin targets")
    author = declared(case.crate, case.dependency)
    _contradictions(case, author)
    _limited_api_contradictions(case, author)
    choice = _abi3t(case) or _alone(case, author)
    if held and choice.abi != Abi.VERSION_SPECIFIC:
        _held_contradictions(case, author, held)
        return Choice(Abi.VERSION_SPECIFIC, None, held.reason)
    return choice


def _alone(case: Case, author: Declared) -> Choice:
    """abi3 or a version-specific wheel for a library crate, by its own facts."""
    target = case.target
    if reason := _why_not(target):
        if author.hard:
            message = f"abi3 is on in the crate graph, but {reason}; the wheel is version-specific"
            case.problems.warning("PFB123", message, "leave abi3 to the backend: take the feature out", author.place)
        return Choice(Abi.VERSION_SPECIFIC, None, reason)
    if case.settings.abi3 == "off" and not author.hard:
        return Choice(Abi.VERSION_SPECIFIC, None, 'abi3 = "off"')
    if not case.dependency.direct and not author.hard:
        return _indirect(case)
    floor, why = _floor(case, author)
    if floor is None:
        case.problems.warning(
            "PFB130",
            "requires-python has no lower bound, so the wheel is version-specific",
            'add requires-python = ">=3.9" to [project], or python_requires=">=3.9" to setup()',
            Place("pyproject.toml"),
        )
        return Choice(Abi.VERSION_SPECIFIC, None, why)
    floor = _offered(case, floor)
    text = python_text(floor)
    if target.version < floor:
        if author.hard:
            case.problems.error(
                "PFB132",
                f"{target.label} is below the floor {text}, and the crate graph turns abi3 on",
                f'take that feature out and set abi3 = "{text}" in [tool.pyo3-features-backend]',
                author.place,
            )
        return Choice(Abi.VERSION_SPECIFIC, None, f"{target.label} is below the floor {text}")
    bare = case.settings.abi3 == "current" and floor == target.version and author.floor is None
    return Choice(Abi.ABI3, floor, why, ("abi3",) if bare else (pyo3.abi3_feature(floor),))


def _why_not(target: Target) -> str | None:
    """Why a Python has no abi3; None where it has."""
    if target.implementation != "cpython" or target.free_threaded or target.debug:
        return f"{target.label} has no abi3"
    return f"no abi3 on {target.system}" if target.is_wasm else None


def _indirect(case: Case) -> Choice:
    """A crate that uses PyO3 only through another one, whose features no flag of cargo reaches."""
    settings, problems = case.settings, case.problems
    message = f"{case.crate.name} uses PyO3 only through another crate, so its features cannot be set"
    hint = "add pyo3 to the crate's own dependencies for a stable-ABI wheel"
    if "abi3" in settings.sources and settings.abi3 not in ("auto", "off"):
        problems.error("PFB152", message, hint, problems.source("abi3"))
    else:
        problems.warning("PFB133", f"{message}; the wheel is version-specific", hint)
    return Choice(Abi.VERSION_SPECIFIC, None, "PyO3 only through another crate")


def _contradictions(case: Case, author: Declared) -> None:
    """The settings against the crate graph and what PyO3 offers."""
    settings, dependency, target, problems = case.settings, case.dependency, case.target, case.problems
    explicit = target.version if settings.abi3 == "current" else setting_floor(settings.abi3)
    if settings.abi3 == "off" and author.hard:
        report = problems.warning if problems.from_outside("abi3") else problems.error
        report(
            "PFB120",
            'abi3 = "off", but a feature in the crate graph turns abi3 on, and cargo cannot turn it off from outside',
            f"take it out at {author.place}",
            problems.source("abi3"),
        )
    if explicit and author.floor and explicit != author.floor:
        problems.error(
            "PFB121",
            f"abi3 = {settings.abi3!r} contradicts {pyo3.abi3_feature(author.floor)} at {author.place}",
            "keep one of the two",
            problems.source("abi3"),
        )
    for key, value, family in (("abi3", settings.abi3, "abi3"), ("abi3t", settings.abi3t, "abi3t")):
        wanted = setting_floor(value)
        floors = sorted(floor for name in dependency.known if (floor := pyo3.feature_floor(name, family)))
        if wanted and wanted not in floors and not (family == "abi3t" and not floors and not target.free_threaded):
            offered = ", ".join(map(python_text, floors)) or "none"
            problems.error(
                "PFB122",
                f"{dependency.crate} {dependency.version} offers no {family} floor {value}",
                f"it offers {offered}",
                problems.source(key),
            )


def _limited_api_contradictions(case: Case, author: Declared) -> None:
    """setuptools' py_limited_api against the setting and the crate graph."""
    settings, problems = case.settings, case.problems
    for one in case.crate.promised:
        if one.by != PY_LIMITED_API:
            continue
        floor = pyo3.feature_floor(one.feature)
        if settings.abi3 == "off":
            report = problems.warning if problems.from_outside("abi3") else problems.error
            message = f'abi3 = "off", but py_limited_api at {one.place} asks for a stable-ABI wheel'
            report("PFB125", message, "keep one of the two", problems.source("abi3"))
        elif author.hard and floor and author.floor != floor:
            told = f"py_limited_api = cp{floor[0]}{floor[1]} contradicts the floor of the crate graph"
            lowest = f", {python_text(author.floor)} at {author.place}" if author.floor else ""
            problems.error("PFB126", told + lowest, "keep one of the two", one.place)


def _held_contradictions(case: Case, author: Declared, held: Held) -> None:
    """What asks for a stable ABI that another part of the wheel does not allow."""
    settings, crate, problems = case.settings, case.crate, case.problems
    promise = next((one.place for one in crate.promised if one.by == PY_LIMITED_API), None)
    if settings.abi3 not in ("auto", "off") or promise:
        asked = f"abi3 = {settings.abi3!r}" if settings.abi3 not in ("auto", "off") else f"py_limited_api at {promise}"
        where = f" ({held.place})" if held.place else ""
        problems.error(
            "PFB170",
            f"{asked} asks for a stable-ABI wheel, but {held.reason}{where}",
            "every extension of a stable-ABI wheel keeps to the limited API; or take the setting out",
            problems.source("abi3") or promise,
        )
    elif author.hard:
        problems.warning(
            "PFB171",
            f"a feature in the crate graph of {crate.name} turns abi3 on, but {held.reason}, "
            "so the wheel is version-specific",
            place=author.place,
        )


def _abi3t(case: Case) -> Choice | None:
    """The free-threaded stable ABI (PEP 803) where it is asked for and the target has it; else None."""
    settings, crate, dependency, target, problems = (
        case.settings,
        case.crate,
        case.dependency,
        case.target,
        case.problems,
    )
    graph = declared(crate, dependency, "abi3t")
    if graph.hard and "off" in (settings.abi3t, settings.abi3 if settings.abi3t == "auto" else ""):
        key = "abi3t" if settings.abi3t == "off" else "abi3"
        report = problems.warning if problems.from_outside(key) else problems.error
        message = f'{key} = "off", but a feature in the crate graph turns abi3t on'
        report("PFB124", message, f"take it out at {graph.place}", problems.source(key))
    if target.implementation != "cpython" or target.debug or target.version < (3, 15) or target.is_wasm:
        return None
    floor = graph.floor or setting_floor(settings.abi3t)
    if graph.hard and floor is None:
        floor = target.version
    # With the GIL abi3-pyXX is the wider wheel; but where the graph has abi3t, the delegate chooses that.
    if floor is None or floor > target.version or not (target.free_threaded or graph.hard):
        return None
    if version_tuple(dependency.version) < pyo3.ABI3T_WORKS or not (dependency.direct or graph.hard):
        return None
    why = f"abi3t declared at {graph.place}" if graph.hard else f"abi3t = {settings.abi3t!r}"
    return Choice(Abi.ABI3T, floor, why, (f"abi3t-py{floor[0]}{floor[1]}",))


def _floor(case: Case, author: Declared) -> tuple[Python | None, str]:
    """(the floor, why): the author's declaration, the setting, the lower bound of requires-python, in this order."""
    if author.floor:
        return author.floor, f"declared at {author.place}"
    setting, lower = case.settings.abi3, case.basis.lower
    if explicit := setting_floor(setting):
        return explicit, f"abi3 = {setting!r}"
    if setting == "current" or (lower is None and author.hard):
        return case.target.version, OF_THE_BUILDER
    if lower:
        return lower, f"requires-python {case.basis.requires_python}"
    return None, "no lower bound in requires-python"


def floors(dependency: PyO3, release: Release | None) -> list[Python]:
    """The abi3 floors that the resolved PyO3 offers and that have an effect there, lowest first."""
    offered = sorted(floor for name in dependency.known if (floor := pyo3.feature_floor(name)))
    if release and release is not pyo3.releases()[-1]:  # a PyO3 newer than the table: its own feature names win
        return [floor for floor in offered if floor <= release.abi3_max_effective] or offered[:1]
    return offered


def _offered(case: Case, floor: Python) -> Python:
    """``floor`` kept within what the resolved PyO3 offers and what has an effect there."""
    dependency = case.dependency
    effective = floors(dependency, case.release)
    lowest = effective[0] if effective else floor
    if floor < lowest:
        if floor == case.basis.lower:  # for a setting that asks for less there is an error
            case.problems.warning(
                "PFB131",
                f"requires-python {case.basis.requires_python} promises more than {dependency.crate} "
                f"{dependency.version}, whose lowest abi3 floor is {python_text(lowest)}",
                f'set requires-python = ">={python_text(lowest)}"',
            )
        return lowest
    return min(floor, effective[-1]) if effective else floor
