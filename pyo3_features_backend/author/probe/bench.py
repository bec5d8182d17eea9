"""Compiling the project for one floor: first `cargo check`, then the wheel, both as a build of it would.

The plan for that floor gives the flags and the environment of cargo.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ...build.gather import Facts
from ...build.steps import stop_on_errors
from ...build.survey import facts_of
from ...errors import CrateError, DelegateError, Place, PlanError
from ...facts import config_file, cross
from ...facts import interpreter as targets
from ...facts.arguments import cargo_flags
from ...facts.config_format import Abi as ConfigAbi
from ...facts.config_format import Config
from ...facts.environ import cargo_on_path
from ...facts.query import triples_of
from ...model.crate import Crate
from ...model.settings import TABLE
from ...model.version import Python, python_text, version_tuple
from ...model.words import Abi
from ...rebuild import interpreter
from ...rebuild.clean import Clean, packages
from ...rebuild.place import redirection
from . import children, importing
from .diagnostics import Failure, activity, build_script_error, first_error, printed_error
from .result import Progress

# The wheel is only imported, so it is compiled without optimisation; the profile's name and its cfgs stay.
_QUICK = {"OPT_LEVEL": "0", "LTO": "off", "CODEGEN_UNITS": "16"}
_HOOK = """
import json, sys
sys.path[:] = filter(None, sys.path)  # PEP 517: the project's folder is not on the path
import pyo3_features_backend
pyo3_features_backend.build_wheel(sys.argv[1], json.loads(sys.argv[2]))
"""


class Trial(NamedTuple):
    """What to compile for; ``crate_features`` are the crate's own features that go with it, None for those that the
    settings name.
    """

    abi: Abi
    floor: Python | None
    crate_features: tuple[str, ...] | None = None

    @property
    def config_settings(self) -> dict[str, str | list[str]]:
        """The trial as config settings, over whatever the project and the environment say."""
        floor = python_text(self.floor) if self.floor else "off"
        given: dict[str, str | list[str]] = {
            "abi3": floor if self.abi == Abi.ABI3 else "off",
            "abi3t": floor if self.abi == Abi.ABI3T else "off",
            "expect": [],
            "verify": [],  # whether the module imports is tried on several Pythons, and is part of the answer
            "compile-cache": "off",
        }
        if self.crate_features is not None:
            given["abi3-crate-features"] = list(self.crate_features)
        return {f"{TABLE}.{key}": value for key, value in given.items()}


class Unit(NamedTuple):
    """One extension crate and its call of cargo: ``flags`` turn on ``features`` too; ``env`` replaces the environment
    where it is not None.
    """

    crate: Crate
    manifest: Path
    workspace: Path
    features: tuple[str, ...]
    flags: tuple[str, ...]
    profile: str
    env: Mapping[str, str] | None


def units(facts: Facts) -> list[Unit]:
    """The extension crates that use PyO3, each with the flags and features of a build."""
    crates = []
    for extension in facts.extensions:
        crate = extension.crate
        if crate is None or extension.plan is None or not crate.library or crate.pyo3 is None or crate.graph is None:
            continue
        crates.append(
            Unit(
                crate=crate,
                manifest=crate.graph.manifest,
                workspace=crate.graph.workspace,
                features=tuple(extension.features),
                flags=tuple(cargo_flags(extension)),
                profile=extension.profile,
                env=extension.env,
            )
        )
    return crates


class Bench:
    """Compiles in ``folder``, which is not the project's. ``base`` are the facts of the project."""

    def __init__(self, root: Path, folder: Path, base: Facts, target_dir: Path, progress: Progress) -> None:
        self.root, self.folder, self.base, self.target_dir = root, folder, base, target_dir
        self.progress = progress
        self.units = units(base)

    def facts(self, trial: Trial) -> Facts:
        """The plan for a trial. Raises :class:`PlanError` if the plan is not what the trial asks for."""
        config = self._configuration(trial)
        python = cross.of_config(config[0], Place(str(config[1])), self.base.target) if config else None
        facts = facts_of(self.root, python, trial.config_settings)
        stop_on_errors(facts, quiet=True)
        if trial.abi != Abi.VERSION_SPECIFIC and (facts.plan.abi, facts.plan.floor) != (trial.abi, trial.floor):
            raise PlanError(
                f"{trial.abi} {python_text(trial.floor or (0, 0))} cannot be tried: the wheel would be "
                f"{facts.plan.label} ({facts.plan.reason})",
                hint="see `pyo3-features explain`",
            )
        return facts

    def check(self, facts: Facts, trial: Trial) -> tuple[Failure, Unit] | None:
        """`cargo check` of each extension crate; None if all compile, else the first error and its crate.

        Raises :class:`CrateError` if cargo fails for a reason that has nothing to do with the floor.
        """
        for unit in units(facts):
            triples = [word for name in triples_of(facts.triple)[:1] for word in ("--target", name)]
            words = ["cargo", "check", "--lib", "--message-format=json", "--profile", unit.profile]
            words += ["--manifest-path", str(unit.manifest), *unit.flags, *triples]
            env = {**(unit.env or os.environ), **facts.plan.env, **self._interpreter(), **self._environment(trial)}
            with cargo_on_path():
                done = children.run(words, self.root, env, self._watch)
            if done.returncode == 0:
                continue
            failure = first_error(done.stdout, self.root, unit.workspace) or build_script_error(done.stderr)
            if failure is None:
                raise CrateError(f"`cargo check` failed:\n{done.stderr.strip()}", hint="fix what cargo reports above")
            return failure, unit
        return None

    def wheel(self, trial: Trial) -> Path | Failure:
        """The wheel of a trial whose check passed, by the hook that front ends call; or why it did not compile.

        Raises :class:`DelegateError` if the build fails for another reason.
        """
        out = Path(tempfile.mkdtemp(prefix="wheel-", dir=self.folder))
        env = {**os.environ, **self._environment(trial), "DIST_EXTRA_CONFIG": str(self._setuptools_config())}
        words = [sys.executable, "-c", _HOOK, str(out), json.dumps(trial.config_settings)]
        done = children.run(words, self.root, env, self._watch)
        if done.returncode:
            output = done.stdout + done.stderr
            if failure := printed_error(output):
                return failure
            errors = [row for row in output.splitlines() if "error: " in row]
            raise DelegateError(
                "the crate compiles, but its wheel cannot be built: "
                + (errors[-1] if errors else output.strip()[-500:]),
                hint="build requirements have to be installed where this command runs; see `python -m build -n -w`",
            )
        (wheel,) = out.glob("*.whl")
        return wheel

    def _watch(self, line: str) -> None:
        """Tell what cargo is doing, by a line that it prints."""
        if text := activity(line):
            self.progress.compiling(text)

    def forget(self) -> None:
        """Remove the project's crates from a target folder that was used before: cargo would compare times only."""
        folder = redirection(self.target_dir, build_dir=True)
        for unit in self.units:
            environ = {**(unit.env or os.environ), **folder}
            # A project without a Cargo.lock gets one only during the probe: then the graph names the crates.
            local = [package.name for package in unit.crate.graph.local] if unit.crate.graph else []
            names = packages(unit.workspace) or local
            if not Clean(
                target=self.target_dir, manifest=unit.manifest, names=names, profiles=[unit.profile], environ=environ
            ).run():
                raise CrateError(
                    f"`cargo clean` failed in {self.target_dir}", hint="remove the folder, or choose another one"
                )

    def _environment(self, trial: Trial) -> dict[str, str]:
        """What to add to the environment of everything that compiles."""
        names = {re.sub(r"\W", "_", unit.profile).upper() for unit in self.units}
        env = {f"CARGO_PROFILE_{name}_{key}": value for name in sorted(names) for key, value in _QUICK.items()}
        env["CARGO_TARGET_DIR"] = env["CARGO_BUILD_BUILD_DIR"] = str(self.target_dir)
        if config := self._configuration(trial):
            env["PYO3_CONFIG_FILE"] = str(config[1])
        return env

    def _interpreter(self) -> dict[str, str]:
        """The variables that name the running Python as a build does; a configuration file takes precedence."""
        running = targets.running()
        return {"PYO3_PYTHON": str(running.executable), **interpreter.environment(running, os.environ)}

    def _configuration(self, trial: Trial) -> tuple[Config, Path] | None:
        """The build configuration file of a trial that the running Python is not the one for; None if it is.

        PyO3 rejects a floor above the interpreter, so the file describes a Python that need not be installed.
        """
        running = targets.running()
        foreign = os.environ.get("PYO3_CONFIG_FILE") or self.base.triple
        floor = trial.floor or running.version
        if trial.abi == Abi.VERSION_SPECIFIC or (
            trial.abi == Abi.ABI3 and not foreign and importing.suits(running, floor)
        ):
            return None
        config = Config(
            floor,
            ConfigAbi("CPython", trial.abi, floor),
            pointer_width=self.base.target.pointer_width,
            build_flags=frozenset({"Py_GIL_DISABLED"} if trial.abi == Abi.ABI3T else ()),
        )
        file = self.folder / f"{trial.abi}-{python_text(floor)}.txt"
        versions = [unit.crate.pyo3.version for unit in self.units if unit.crate.pyo3]
        config_file.write(file, config, max(versions, key=version_tuple))
        return config, file

    def _setuptools_config(self) -> Path:
        """A setuptools configuration file that keeps the build's intermediate files out of the project."""
        config = configparser.ConfigParser(interpolation=None)
        if given := os.environ.get("DIST_EXTRA_CONFIG"):
            config.read(given, encoding="utf-8")
        for section, key, name in (("build", "build_base", "build"), ("egg_info", "egg_base", "egg-info")):
            (self.folder / name).mkdir(exist_ok=True)
            if not config.has_section(section):
                config.add_section(section)
            config.set(section, key, str(self.folder / name))
        file = self.folder / "setuptools.cfg"
        with file.open("w", encoding="utf-8") as text:
            config.write(text)
        return file
