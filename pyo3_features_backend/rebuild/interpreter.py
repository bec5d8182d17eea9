"""Gives an interpreter the same name in every environment that a front end creates.

PyO3's build script runs again when PYO3_PYTHON changes, and then cargo compiles everything that depends on PyO3 again.
Front ends create a new environment for each build, so ``sys.executable``, the default of the delegates, changes each
time. The base interpreter of the environment does not.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..facts.files import remove_tree
from ..model.target import Target
from . import content
from .environment import import_paths
from .inputs import is_within
from .place import PYTHON

# The delegates' own switches for the base interpreter (maturin 1.9, setuptools-rust 1.12).
_SWITCHES = ("MATURIN_PEP517_USE_BASE_PYTHON", "SETUPTOOLS_RUST_PEP517_USE_BASE_PYTHON")
_CONFIGURATION = "pyvenv.cfg"
_ISOLATED = "include-system-site-packages = false\n"


def base(target: Target) -> str | None:
    """The real path of the base interpreter of the running virtual environment; None if there is none."""
    if not _is_running(target.executable) or sys.prefix == sys.base_prefix or not target.base_executable:
        return None
    path = os.path.realpath(target.base_executable)
    return path if path != sys.executable and Path(path).is_file() else None


def _is_running(executable: str | None) -> bool:
    """Whether ``executable`` is the running interpreter, by any of the names that its folder has for it."""
    if not executable or not sys.executable:
        return False
    in_its_folder = os.path.dirname(executable) == os.path.dirname(sys.executable)
    return in_its_folder and os.path.realpath(executable) == os.path.realpath(sys.executable)


def signature(target: Target) -> str:
    """A text that changes when another interpreter is installed at the same path."""
    facts = target._replace(executable=None, base_executable=None)
    return f"{target.implementation}-{target.full_version}-{content.text_digest(repr(facts))[:16]}"


def environment(target: Target, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables to add to ``environ`` so that every build for ``target`` has the same PYO3_PYTHON.

    Empty if the user names an interpreter, or if the target is not the running one. PYTHONPATH makes the packages of
    the environment available to build scripts that run PYO3_PYTHON.
    """
    python = base(target)
    # The same name as here comes from `pyo3-features env`, and not from a choice of the user.
    if python is None or environ.get("PYO3_PYTHON") not in (None, "", python) or any(s in environ for s in _SWITCHES):
        return {}
    variables = dict.fromkeys(_SWITCHES, "1")
    variables["PYO3_PYTHON"] = variables["PYTHON_SYS_EXECUTABLE"] = python
    # Tells PyO3 0.14.4 and newer that the interpreter at this path was replaced, such as by an upgrade.
    variables["PYO3_ENVIRONMENT_SIGNATURE"] = signature(target)
    packages = [path for path in import_paths() if Path(path).name in ("site-packages", "dist-packages")]
    given = [environ["PYTHONPATH"]] if environ.get("PYTHONPATH") else []
    variables["PYTHONPATH"] = os.pathsep.join([*given, *packages])
    return variables


def can_be_bare(target: Target) -> bool:
    """Whether :func:`bare` can make an interpreter for ``target``.

    It cannot where that is not tested, or where the running environment has the packages of the base interpreter.
    """
    isolated = _running().get("include-system-site-packages", "").lower() == "false"
    return base(target) is not None and target.implementation == "cpython" and sys.platform == "linux" and isolated


def bare(place: Path, target: Target) -> str | None:
    """The interpreter of a virtual environment without packages that belongs to ``place``, made if it does not exist.

    maturin runs the interpreter of a build three times. The base interpreter would load what is installed for it (.pth
    files and sitecustomize), and with maturin alone a build script cannot import that: its environment is new. This one
    has the same name in each build of the place, and is as empty. None if it cannot be made.
    """
    python = base(target)
    if python is None:
        return None
    folder = Path(os.path.realpath(place)) / PYTHON  # a user can spell the target folder in several ways
    own = folder / "bin" / os.path.basename(python)
    text = f"home = {_home(python)}\n{_ISOLATED}"
    try:
        if is_changed(place) or not _is_made(own, python, text):
            remove_tree(folder)
            own.parent.mkdir(parents=True)
            content.replace(folder / _CONFIGURATION, text)
            own.symlink_to(python)
    except (OSError, UnicodeError):  # such as a file system without links
        with suppress(OSError):
            remove_tree(folder)
        return None
    return str(own)


def path(
    target: Target, environ: Mapping[str, str], stable: Mapping[str, str], *, own: bool = False, base_by: bool = False
) -> str:
    """The path by which build scripts get the interpreter; for that of a place (``own``) a text that stands for it.

    ``stable`` has the variables of :func:`environment`. ``base_by`` says that the user has told the delegate to take
    the base interpreter. If the user names another one, these are two paths: maturin sets PYO3_PYTHON to its own all
    the same, and setuptools-rust sets PYTHON_SYS_EXECUTABLE if the user does not.
    """
    python = base(target) or ""
    if own:
        return f"{PYTHON} of {_home(python)}"
    if stable:
        return stable["PYO3_PYTHON"]
    passed = (base_by and python) or target.executable or ""
    named = (_named(environ, variable) for variable in ("PYO3_PYTHON", "PYTHON_SYS_EXECUTABLE"))
    return os.pathsep.join(dict.fromkeys(filter(None, [*named, passed])))


def _named(environ: Mapping[str, str], variable: str) -> str:
    """The path of the interpreter that the user names, which can be a name on PATH; empty if there is none."""
    given = environ.get(variable, "")
    return (shutil.which(given, path=environ.get("PATH")) or given) if given else ""


def identity(target: Target, environ: Mapping[str, str], path: str) -> str:
    """What published crates can see of the interpreter; ``path``: see :func:`path`.

    An environment that is new in each build has new paths. They are left out: only the project's own crates are
    compared with them.
    """
    python = base(target)
    seen = [_named(environ, "PYO3_PYTHON") or python or target.executable or ""]
    if python is None or not any(map(_is_in_environment, path.split(os.pathsep))):
        seen.append(path)
    if target.base_executable:
        # An environment can be made again at the same path, with another installation of the same build.
        seen.append(os.path.realpath(target.base_executable))
    return " ".join([signature(target), *seen])


def _is_in_environment(path: str) -> bool:
    """Whether ``path`` is in the running virtual environment."""
    # The folder's real path: an interpreter in it is a link to the base interpreter.
    return os.path.isabs(path) and is_within(os.path.realpath(os.path.dirname(path)), os.path.realpath(sys.prefix))


def _home(python: str) -> str:
    """The folder of the base interpreter ``python`` as the running environment names it: it may lead there by links."""
    home = _running().get("home", "")
    # Python 3.10 and older name the environment in which the running one was made.
    return home if home and not (Path(home).parent / _CONFIGURATION).exists() else os.path.dirname(python)


def _running() -> dict[str, str]:
    """The keys in the pyvenv.cfg of the running virtual environment; empty if it cannot be read."""
    try:
        rows = Path(sys.prefix, _CONFIGURATION).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return {}
    return {key.strip().lower(): value.strip() for key, _, value in (row.partition("=") for row in rows)}


def is_changed(place: Path) -> bool:
    """Whether something is in the environment of a place that :func:`bare` did not put there.

    A build script can install packages. In the next build they are gone, and the script may not run again.
    """
    folder = place / PYTHON
    if folder.is_symlink() or not folder.exists():
        return folder.is_symlink()
    try:
        made, scripts = {*os.listdir(folder)}, os.listdir(folder / "bin")
        text = (folder / _CONFIGURATION).read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return True
    return made != {"bin", _CONFIGURATION} or len(scripts) != 1 or text.partition("\n")[2] != _ISOLATED


def _is_made(own: Path, python: str, text: str) -> bool:
    """Whether the environment of the interpreter ``own`` is that of the base interpreter ``python``."""
    try:
        configuration = (own.parent.parent / _CONFIGURATION).read_text(encoding="utf-8")
        return configuration == text and os.readlink(own) == python
    except (OSError, UnicodeError):
        return False


def with_place(
    stable: Mapping[str, str], place_env: Mapping[str, str], target: Target, own: str | None, environ: Mapping[str, str]
) -> dict[str, str]:
    """The variables of :func:`environment` (``stable``) and those of a place (``place_env``), for a build with maturin.

    ``own`` is the place's :func:`bare` interpreter, if maturin uses that. With a build configuration PyO3 runs no
    interpreter, so maturin does not need the base interpreter. maturin then does not set PYO3_PYTHON for build scripts,
    so this does if the user (``environ``) has not.
    """
    variables = {**stable, **place_env}
    has_configuration = "PYO3_CONFIG_FILE" in place_env and target.executable is not None
    if own or has_configuration:
        variables = {name: value for name, value in variables.items() if name not in _SWITCHES}
    if own:
        variables["PYO3_PYTHON"] = variables["PYTHON_SYS_EXECUTABLE"] = own
    elif has_configuration and not environ.get("PYO3_PYTHON"):
        variables.setdefault("PYO3_PYTHON", str(target.executable))
    return variables
