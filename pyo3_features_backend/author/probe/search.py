"""The search for the lowest floor at which the crates compile and the module imports."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence

from ...build.gather import Facts
from ...decide import abi, pyo3
from ...errors import CrateError, PlanError
from ...facts import project, toml
from ...facts.interpreter import running
from ...model.target import Target
from ...model.version import Python, python_text, version_tuple
from ...model.words import Abi
from ..sources.feature_graph import FeatureKind, off_by_default
from . import candidates, importing
from .bench import Bench, Trial, Unit
from .diagnostics import Failure
from .importing import Import
from .result import Attempt, ProbeResult, Progress

_CONTROL_AFTER = 2  # failed floors, before the crate has to show that it compiles without the stable ABI


class Search:
    """One probe, from the lowest candidate upward."""

    def __init__(self, bench: Bench, progress: Progress) -> None:
        self.bench, self.progress = bench, progress
        self.place = ""  # "[2/7] ", while floors are tried
        self.base = bench.base
        self.units = bench.units
        self.tried: list[Attempt] = []
        self.notes: list[str] = []
        self.blocked: dict[str, str] = {}  # crate feature -> why it was not tried with a floor
        self.features = [_features(unit) for unit in self.units]

    def run(self) -> ProbeResult:
        requires, lower = self.base.requires_python, None
        if requires:
            lower = project.lower_bound(requires, self.base.project.place("project", "requires-python"))
        offers = [
            abi.floors(dependency, pyo3.release_of(dependency.version))
            for unit in self.units
            if (dependency := unit.crate.pyo3)
        ]
        offered = [floor for floor in offers[0] if all(floor in other for other in offers)]
        if not offered:
            raise CrateError("this project's PyO3 has no stable ABI")
        floors = candidates.floors(lower, offered)
        if lower and floors[0] > lower:
            self.notes.append(f"PyO3 has no floor below {python_text(floors[0])}")
        winner = None
        self.progress.started(self.base, len(floors))
        for number, floor in enumerate(floors, 1):
            self.place = f"[{number}/{len(floors)}] "
            winner = self._floor(floor)
            if winner:
                break
            if self.tried[-1].compiles and self.tried[-1].imports is None:
                break  # an import has failed, and for higher floors no Python is installed that could import
            if floor == floors[min(_CONTROL_AFTER, len(floors)) - 1] and not any(
                attempt.compiles for attempt in self.tried
            ):
                self._control()
        self.place = ""
        threaded = self._abi3t() if winner else None
        given = self.base.settings.abi3_crate_features
        return ProbeResult(
            facts=self.base,
            floor=winner and winner.floor,
            auto=floors[0] if lower else None,
            crate_features=(*given, *winner.crate_features) if winner else given,
            tried=tuple(self.tried),
            abi3t=threaded,
            notes=(*self.notes, *self.blocked.values()),
            inconclusive=None if winner else self._inconclusive(),
        )

    def _floor(self, floor: Python) -> Attempt | None:
        """The first try at one floor that counts: plain, then with each crate feature that may help."""
        plain = self._try(Abi.ABI3, floor, ())
        if self._counts(plain):
            return plain
        for feature in self._crate_features(plain):
            if feature.floor and feature.floor < floor:
                self.blocked[feature.name] = (
                    f"crate feature {feature.name} turns on {pyo3.abi3_feature(feature.floor)}, so it cannot be tried "
                    f"with a higher floor: empty it ({feature.name} = [])"
                )
                continue
            tried = self._try(Abi.ABI3, floor, (feature.name,))
            if self._counts(tried):
                return tried
        return None

    def _counts(self, tried: Attempt) -> bool:
        """An import that cannot be tried is taken to work, unless one at a lower floor did not."""
        failed = any(attempt.imports is False for attempt in self.tried)
        return tried.compiles and (tried.imports is True or (tried.imports is None and not failed))

    def _crate_features(self, failed: Attempt) -> list[candidates.CrateFeature]:
        """What may help, likeliest first: by name or by what it turns on, by its cfg, by a cfg above the error."""
        likely = {
            feature.name: feature
            for unit, table in zip(self.units, self.features)
            for feature in candidates.crate_features(
                table, unit.crate.pyo3.key.rstrip("?") if unit.crate.pyo3 else "pyo3"
            )
        }
        known = [name for table in self.features for name in off_by_default(table)]
        names = [*likely, *candidates.with_limited_api(self._sources(), known)]
        place = failed.failure and failed.failure.place
        if place and place.line and (file := self.bench.root / place.file).is_file():
            names += candidates.near(file.read_text(encoding="utf-8", errors="replace"), place.line, known)
        on = {*self.base.settings.abi3_crate_features, *(name for unit in self.units for name in unit.features)}
        return [likely.get(name, candidates.CrateFeature(name)) for name in dict.fromkeys(names) if name not in on]

    def _sources(self) -> Iterator[str]:
        for unit in self.units:
            for file in sorted([*unit.manifest.parent.glob("*.rs"), *unit.manifest.parent.glob("src/**/*.rs")]):
                yield file.read_text(encoding="utf-8", errors="replace")

    def _try(self, family: Abi, floor: Python, crate_features: tuple[str, ...]) -> Attempt:
        """Check, build and import for one floor."""
        start = time.monotonic()
        tried = self._steps(family, floor, crate_features)._replace(seconds=time.monotonic() - start)
        if family == Abi.ABI3:
            self.tried.append(tried)
        self.progress.ended(tried, family)
        return tried

    def _steps(self, family: Abi, floor: Python, crate_features: tuple[str, ...]) -> Attempt:
        name = f"{family} {python_text(floor)}" + "".join(f" with {feature}" for feature in crate_features)
        given = self.base.settings.abi3_crate_features
        trial = Trial(family, floor, (*given, *crate_features) if crate_features else None)
        self.progress.step(f"{self.place}{name}: cargo check")
        facts = self.bench.facts(trial)
        attempt = Attempt(floor, crate_features, compiles=False)
        if failed := self.bench.check(facts, trial):
            return attempt._replace(failure=self._named(*failed))
        python = next(importing.interpreters(floor, self.base.target, threaded=family == Abi.ABI3T), None)
        if python is None:
            return attempt._replace(compiles=True, note=importing.not_tried(floor).note)
        result = self._import(name, facts, trial, python)
        if isinstance(result, Failure):
            return attempt._replace(failure=result)
        return attempt._replace(compiles=True, imports=result.works, failure=result.failure, note=result.note)

    def _import(self, name: str, facts: Facts, trial: Trial, python: Target) -> Import | Failure:
        """Build the wheel and import it; or why it did not compile."""
        self.progress.step(f"{self.place}{name}: building the wheel")
        wheel = self.bench.wheel(trial)
        if isinstance(wheel, Failure):
            return wheel
        self.progress.step(f"{self.place}{name}: importing it on {python.label}")
        modules = [
            extension.name
            for extension in facts.extensions
            if extension.name and extension.crate and not extension.program
        ]
        return importing.imports(wheel, python, modules)

    def _named(self, failure: Failure, unit: Unit) -> Failure:
        """With the crate's name where there are several."""
        several = len(self.units) > 1 and failure.place is None
        return failure._replace(message=f"{unit.crate.name}: {failure.message}") if several else failure

    def _control(self) -> None:
        """Raise if the crate does not compile without the stable ABI either: then no floor is to blame."""
        self.progress.step("version-specific, to compare: cargo check")
        trial = Trial(Abi.VERSION_SPECIFIC, None)
        try:
            facts = self.bench.facts(trial)
        except PlanError:  # PyO3 does not support the running Python; abi3 alone is what can be tried
            return
        if failed := self.bench.check(facts, trial):
            failure = failed[0]
            raise CrateError(
                f"the crate does not compile without the stable ABI either: {failure.message}",
                place=failure.place,
                hint="fix that first; the probe has no result yet",
            )

    def _inconclusive(self) -> str | None:
        """Why a result without a floor says nothing about the stable ABI; None if it does."""
        if self.blocked:
            return "a crate feature that may help could not be tried"
        if not any(attempt.imports is False for attempt in self.tried) or os.environ.get("PYO3_CONFIG_FILE"):
            return None
        trial = Trial(Abi.VERSION_SPECIFIC, None)
        try:
            facts = self.bench.facts(trial)
        except PlanError:
            return None
        result = self._import("version-specific, to compare", facts, trial, running())
        failure = result if isinstance(result, Failure) else result.failure
        return f"without the stable ABI the module does not import either: {failure.message}" if failure else None

    def _abi3t(self) -> Attempt | None:
        """The free-threaded stable ABI, where each crate's PyO3 has it."""
        for unit in self.units:
            dependency = unit.crate.pyo3
            floors = (
                sorted(floor for name in dependency.known if (floor := pyo3.feature_floor(name, FeatureKind.ABI3T)))
                if dependency
                else []
            )
            if not dependency or not floors or version_tuple(dependency.version) < pyo3.ABI3T_WORKS:
                return None
        winner = self.tried[-1]
        return self._try(Abi.ABI3T, floors[0], winner.crate_features)


def _features(unit: Unit) -> Mapping[str, Sequence[str]]:
    """The [features] table of a crate, which cargo has read already."""
    table: Mapping[str, Sequence[str]] = toml.read(unit.manifest, unit.crate.manifest)[0].get("features", {})
    return table
