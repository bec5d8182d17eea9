"""The plan as flags, for direct calls of maturin or cargo."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..build.gather import Facts
from ..delegates import maturin
from ..errors import CrateError, DelegateError, Place, PlanError
from ..facts import crates
from ..facts.arguments import cargo_flags
from ..facts.query import Query
from ..facts.toml import read
from ..model.crate import Crate
from ..model.version import cp_tag
from ..model.words import Abi, DelegateName
from .backend import planner_alone

# maturin sets it for every build of a PyO3 library, with hooks and without.
_BY_MATURIN = "PYO3_BUILD_EXTENSION_MODULE"


def for_maturin(facts: Facts, interpreter: str | None) -> tuple[list[str], dict[str, str]]:
    """(words for ``maturin build``, variables that they do not cover).

    ``interpreter`` is named if it is given; else the plan's own where the wheel is for it alone, because maturin would
    use the first `python3` on PATH. On the command line, features replace those of [tool.maturin], so all of them are
    there. Raises :class:`DelegateError` for a project that setuptools-rust builds.
    """
    if facts.delegate != DelegateName.MATURIN:
        raise DelegateError(
            "setuptools-rust builds this project, not maturin",
            place=Place("pyproject.toml"),
            hint="python -m build --wheel $(pyo3-features args --for build); for cargo: `args --for cargo`",
        )
    words = maturin.compose(facts.extensions[0])
    if facts.plan.wheel and facts.plan.abi == Abi.VERSION_SPECIFIC:
        own = facts.target.executable
        interpreter = interpreter or (Path(own).as_posix() if own else None)  # a shell eats backslashes
    if interpreter and shutil.which(interpreter) is None and facts.target.executable:
        interpreter = Path(facts.target.executable).as_posix()  # maturin knows fewer ways to name one
    if interpreter and "--interpreter" not in words:
        words = ["--interpreter", interpreter, *words]
    return words, {name: value for name, value in facts.plan.env.items() if name != _BY_MATURIN}


def for_build(facts: Facts) -> list[str]:
    """The words for ``python -m build --wheel``: the plan as config settings of the delegate's own hooks.

    Empty for a project that this backend builds: its hooks make the plan themselves. maturin takes its arguments from
    ``build-args``; setuptools-rust its floor from ``--build-option``. Raises :class:`PlanError` for what
    setuptools-rust takes from its own declarations only.
    """
    if planner_alone(facts.project) is None:
        return []
    if facts.delegate == DelegateName.MATURIN:
        words = [word for word in maturin.compose(facts.extensions[0]) if facts.plan.features]
        text = shlex.join(words).replace("--features ", "--features=")  # without a space where there is no other word
        return [f"-Cbuild-args={text}"] if words else []
    dependency = facts.crate.pyo3 if facts.crate else None
    key = dependency.key.rstrip("?") if dependency else "pyo3"
    own = {f"{key}/{name}" for name in ("abi3", "extension-module")}
    asked = [name for name in facts.plan.features if name.replace("?/", "/").split("/abi3-")[0] not in own | {key}]
    if asked or facts.plan.abi == Abi.ABI3T:
        what = f"the features {', '.join(asked)}" if asked else "abi3t"
        raise PlanError(
            f"setuptools-rust's own hooks take no option for {what}",
            hint="write them in the features of the extension, or `pyo3-features migrate`: this backend passes them",
        )
    if facts.plan.floor is None or key != "pyo3":
        return []
    return [f"-C--build-option=--py-limited-api={cp_tag(facts.plan.floor)}"]


def by_hand(facts: Facts) -> str:
    """The command that gives the plan to a project's own build backend; empty where none is needed."""
    if planner_alone(facts.project) is None or not facts.plan.features:
        return ""
    if facts.delegate == DelegateName.MATURIN:
        return "`maturin build $(pyo3-features args)`"
    return "`python -m build --wheel $(pyo3-features args --for build)`"


def line(words: Sequence[str]) -> tuple[str, bool]:
    """(the words as one line, whether the line is unquoted, so that ``$(...)`` splits it into the same words).

    A shell does not remove quotes in the result of a substitution. So there are none around the question mark of an
    optional dependency (``pyo3?/serde``): a pattern that matches no file stays as it is.
    """
    plain = not any(re.search(r"[^\w@%+=:,./?~-]", word) or not word for word in words)
    return (" ".join(words) if plain else shlex.join(words)), plain


class Unit(NamedTuple):
    """One extension crate for cargo: its manifest, and the ``flags`` of a build."""

    crate: Crate
    manifest: Path
    flags: tuple[str, ...]


def manifest_path(unit: Unit, root: Path) -> list[str]:
    """The option with which cargo finds the crate from the project's folder ``root``; empty if cargo needs none."""
    if unit.manifest == root / "Cargo.toml":
        return []
    inside = unit.manifest.is_relative_to(root)
    return ["--manifest-path", unit.manifest.relative_to(root).as_posix() if inside else str(unit.manifest)]


def feature_words(words: Sequence[str]) -> list[str]:
    """The words of a call of cargo that turn features on or off, up to ``--``.

    Not read by :func:`facts.arguments.parse`: to cargo some short options mean something else than to maturin
    (``cargo tree -i``, which needs no value).
    """
    features: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        if word in ("--all-features", "--no-default-features") or word.startswith("--features="):
            features.append(word)
        elif word in ("--features", "-F"):
            features += [word, next(rest, "")]
        elif word.startswith("-F"):
            features.append(word)
    return features


def for_cargo(
    facts: Facts, *, linking: bool, pyo3_features: Iterable[str] = (), asked: Sequence[str] = ()
) -> list[Unit]:
    """The crates of a project with the flags of its builds, and with more of ``pyo3_features``.

    ``linking`` leaves out extension-module, for tests and programs, which cannot be linked with it. Raises
    :class:`CrateError` if the graph or what the user ``asked`` for turns it on (:func:`feature_words`).
    """
    units = []
    for extension in facts.extensions:
        crate = extension.crate
        if crate is None or extension.plan is None or crate.graph is None:
            continue
        manifest = crate.graph.manifest
        key = crate.pyo3.key if crate.pyo3 else "pyo3"
        features = dict.fromkeys([*extension.features, *(f"{key}/{name}" for name in pyo3_features)])
        if linking:
            without = _with_extension_module(manifest, key.rstrip("?"))
            features = dict.fromkeys(name for name in features if name not in without)
        flags = cargo_flags(extension, list(features))
        if linking:
            given = Query(
                root=facts.project.root,
                manifest=manifest,
                flags=(*flags, *asked),
                triple=facts.triple,
                env=extension.env,
            )
            _refuse_extension_module(crates.read(given), asked)
        units.append(Unit(crate, manifest, tuple(flags)))
    return units


def _refuse_extension_module(crate: Crate, asked: Sequence[str]) -> None:
    if crate.pyo3 is None or "extension-module" not in crate.pyo3.on:
        return
    places = [request.place for request in crate.pyo3.requests if request.feature == "extension-module"]
    raise CrateError(
        "extension-module is on, and no flag can turn it off, so tests and programs cannot be linked",
        place=places[0] if places else Place(crate.manifest),
        hint="remove it with `pyo3-features migrate`; the backend adds it to wheels"
        + (f"; or leave {' '.join(asked)} out" if asked else ""),
    )


def _with_extension_module(manifest: Path, key: str) -> set[str]:
    """The features that turn PyO3's extension-module on: PyO3's own, and those of the crate that lead to it."""
    features: Mapping[str, list[str]] = read(manifest, manifest.name)[0].get("features", {})
    leading = {f"{name}/extension-module" for name in (key, f"{key}?", "pyo3", "pyo3-ffi")}
    while added := {name for name, words in features.items() if name not in leading and leading & set(words)}:
        leading |= added
    return leading
