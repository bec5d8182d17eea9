"""The one decision: facts in, :class:`Plan` out. Pure: it reads no file, no environment, no interpreter.

Its parts in the order in which :func:`decide` takes them: the toolchain, the ABI (:mod:`.abi`), whether PyO3 supports
the Python at all (:mod:`.support`), extension-module, the PyO3 features that the project asks for (:mod:`.wanted`), the
guard.
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
from .abi import Choice, Held, choose
from .case import Basis, Case
from .support import supported
from .wanted import crate_features, pyo3_features

__all__ = ["Basis", "Held", "Plan", "decide", "decide_together"]


def decide(basis: Basis, crate: Crate) -> Plan:
    """The plan for one build of one crate.

    Never raises for what a user can get wrong: errors are in ``Plan.problems``.
    """
    return _guarded(_decide(basis, crate), basis.settings)


def decide_together(basis: Basis, crates: Sequence[Crate], held: Sequence[Held | None] = ()) -> tuple[Plan, list[Plan]]:
    """One wheel of several extension crates: (the plan of the wheel, the plan of each crate).

    A wheel has one tag, so it is a stable-ABI one only where each of its extensions is; its floor is then the highest
    of theirs. ``held`` says for each crate what else in the wheel keeps it version-specific, if anything does.
    """
    holds = list(held) or [None] * len(crates)
    plans = [_decide(_part(basis, crate, crates), crate, hold) for crate, hold in zip(crates, holds)]
    libraries = [at for at, crate in enumerate(crates) if crate.library]
    if len({plans[at].abi for at in libraries}) > 1:
        odd = next((at for at in libraries if plans[at].abi == Abi.VERSION_SPECIFIC), libraries[0])
        reason = f"extension crate {crates[odd].name} in the same wheel is not ({plans[odd].reason})"
        for at in libraries:
            if plans[at].abi != Abi.VERSION_SPECIFIC:
                plans[at] = _decide(_part(basis, crates[at], crates), crates[at], Held(reason))
    # The highest floor: below it, that extension could not be imported.
    using = [plan for plan in plans if plan.wheel]
    wheel = max(using, key=lambda plan: plan.floor or (0, 0)) if using else plans[0]
    wheel = wheel._replace(
        features=tuple(dict.fromkeys(feature for plan in plans for feature in plan.features)),
        problems=tuple(dict.fromkeys(problem for plan in plans for problem in plan.problems)),
        notes=tuple(dict.fromkeys(note for plan in plans for note in plan.notes)),
        env={name: value for plan in plans for name, value in plan.env.items()},
    )
    return _guarded(wheel, basis.settings), plans


def _part(basis: Basis, crate: Crate, crates: Sequence[Crate]) -> Basis:
    """The basis for one crate of a wheel: what is asked of others is not asked of it."""
    # A crate feature that goes with the stable ABI belongs to the crates that have it; to none of them: an error.
    names = basis.settings.abi3_crate_features
    mine = [name for name in names if name in crate.features or not any(name in c.features for c in crates)]
    settings = basis.settings._replace(abi3_crate_features=tuple(mine))
    if crate.pyo3 is None and any(other.pyo3 for other in crates):
        settings = settings._replace(features=(), abi3="auto")  # a program beside an extension
    return basis._replace(settings=settings)


def _decide(basis: Basis, crate: Crate, held: Held | None = None) -> Plan:
    problems = Problems(basis.settings)
    for given, meant in basis.settings.near_misses:
        problems.warning("PFB100", f"{given} is not one of ours", f"did you mean {meant}?")
    dependency = crate.pyo3
    if dependency is None:
        _asked_in_vain(basis.settings, crate, problems)
        return Plan(Abi.VERSION_SPECIFIC, None, (), {}, None, "no PyO3", tuple(problems.found))
    case = Case(basis, crate, dependency, pyo3.release_of(dependency.version), problems)
    _toolchain(case)
    choice = choose(case, held)
    env = supported(case, choice)
    notes = [("environment", f"{basis.target.label} is newer than PyO3 {dependency.version} knows") for _ in env]
    wanted = list(choice.features)
    for part in (_by_version(case, choice, env), _extension_module(case, env, wanted)):
        notes += part
    asked = pyo3_features(case)
    wanted += asked
    notes += [(name, f"asked for at {problems.source('features') or problems.source('nightly')}") for name in asked]
    already = [name for name in wanted if name in dependency.on]
    notes += [(name, "on already, in the crate graph or the delegate's own features") for name in already]
    features = [f"{dependency.key}/{name}" for name in wanted if name not in dependency.on]
    if choice.abi != Abi.VERSION_SPECIFIC:
        features += crate_features(case)
    return Plan(
        abi=choice.abi,
        floor=choice.floor,
        features=tuple(features),
        env=env,
        wheel=_wheel(crate, basis.target, choice),
        reason=choice.reason,
        problems=tuple(problems.found),
        notes=tuple(notes),
    )


def _asked_in_vain(settings: Settings, crate: Crate, problems: Problems) -> None:
    """Settings that ask something of PyO3 where a crate does not use it."""
    for key, wants in (("features", settings.features), ("abi3", settings.abi3 not in ("auto", "off"))):
        if wants:
            problems.error(
                "PFB101",
                f"{key} asks for PyO3, but crate {crate.name} does not use it",
                f"take {key} out, or add pyo3 to the dependencies",
                problems.source(key),
            )


def _by_version(case: Case, choice: Choice, env: dict[str, str]) -> list[tuple[str, str]]:
    """What a Python that is known by its version alone needs in ``env``."""
    target = case.target
    if not target.by_version or choice.abi != Abi.VERSION_SPECIFIC:
        return []
    # PyO3's build script refuses to guess it for another platform; a stable ABI has it in its floor.
    env["PYO3_CROSS_PYTHON_VERSION"] = python_text(target.version) + ("t" if target.free_threaded else "")
    return [("environment", f"{target.label} is known by its version only")]


def _extension_module(case: Case, env: dict[str, str], wanted: list[str]) -> list[tuple[str, str]]:
    """How a library is kept from linking libpython: by ``env``, or by a feature that is ``wanted``."""
    if not case.crate.library:
        return [("extension-module", "not for a crate with only bin targets")]
    # From 0.26 the variable does it; below, a library without the feature links libpython (PyO3 changelog).
    if version_tuple(case.dependency.version) >= pyo3.EXTENSION_MODULE_BY_ENVIRONMENT:
        env["PYO3_BUILD_EXTENSION_MODULE"] = "1"
        return [("extension-module", "PyO3 0.26 and later take it from the environment")]
    if "extension-module" in case.dependency.known and case.dependency.direct:
        wanted.append("extension-module")
        return [("extension-module", "PyO3 below 0.26 needs the cargo feature")]
    return []


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
    if choice.floor is None or choice.abi == Abi.VERSION_SPECIFIC:
        return target.wheel_tag
    return f"cp{choice.floor[0]}{choice.floor[1]}", "abi3" if choice.abi == Abi.ABI3 else "abi3.abi3t"


def _toolchain(case: Case) -> None:
    dependency, release, rustc = case.dependency, case.release, case.basis.rustc
    needs = [(dependency.rust_version or (release.msrv if release else None) or "0", f"PyO3 {dependency.version}")]
    needs += [(version, f"the crate {name}") for version, name in case.crate.rust_versions]
    version, who = max(needs, key=lambda need: version_tuple(need[0]))  # PyO3 first where they are equal
    if version_tuple(rustc) < version_tuple(version):
        message = f"rustc {rustc} is older than {version}, which {who} needs"
        case.problems.error("PFB110", message, "run `rustup update`")
