"""Front ends and delegates, the oldest that are supported and the newest, each on a small project; and cargo's layouts.

Each row is a front end in an environment of its own, each column a delegate that the project pins. What an editable
install or a front end without a folder for wheels has made is imported.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .place import TOP, Failed, NotRun, Place, Result, State, tag_of, tried
from .pythons import Python

# The Python of all rows: the newest that the oldest pip still runs on.
LABEL = "3.11"
TAG = "cp39-abi3"


class Delegate(NamedTuple):
    """A column: which example, and what its build-system table asks for beside us."""

    name: str
    example: str
    requires: tuple[str, ...]


DELEGATES = (
    Delegate("maturin, oldest", "hello", ("maturin==1.14.0",)),
    Delegate("maturin, newest", "hello", ("maturin",)),
    Delegate("setuptools-rust, oldest", "setuptools", ("setuptools-rust==1.11.0", "setuptools==77.0.1")),
    Delegate("setuptools-rust, newest", "setuptools", ("setuptools-rust", "setuptools")),
)
MODULES = {"hello": "hello_pyo3", "setuptools": "mixed"}

TOX = '[tox]\nskipsdist = false\n[testenv]\npackage = wheel\npass_env = *\ncommands = python -c "import {module}"\n'
TOX += "[testenv:.pkg]\npass_env = *\n"
NOX = "import nox\n@nox.session\ndef imports(session):\n    session.install('.')\n"
NOX += "    session.run('python', '-c', 'import {module}')\n"
APP = "[project]\nname = 'app'\nversion = '1'\nrequires-python = '>=3.11,<3.12'\n"
# Mirrors of the index have its pages, and not always what poetry asks for otherwise.
APP += "[[tool.poetry.source]]\nname = 'pages'\nurl = 'https://pypi.org/simple/'\npriority = 'primary'\n"


class Front(NamedTuple):
    """A row: the program's requirements, its words, files beside the project, and variables."""

    name: str
    needs: tuple[str, ...]
    words: tuple[str, ...]
    files: Mapping[str, str] = {}
    environ: Mapping[str, str] = {}
    imports: bool = False
    cargo: bool = False  # it is about cargo


_PIP = ("{python}", "-m", "pip")
_WHEEL = (*_PIP, "wheel", "--no-deps", "-w", "{out}", "{tree}")
_EDITABLE = (*_PIP, "install", "--no-deps", "-e", "{tree}")
_BUILD = ("{python}", "-m", "build", "--wheel", "-o", "{out}", "{tree}")
_UV = ("uv", "build", "--wheel", "--python", "{python}", "-o", "{out}", "{tree}")
_UV_EDITABLE = ("uv", "pip", "install", "--no-deps", "--python", "{python}", "-e", "{tree}")
_PDM = ("{python}", "-m", "pdm", "build")
_NIGHTLY = {"RUSTUP_TOOLCHAIN": "nightly"}
FRONTS = (
    Front("pip wheel, 21.3.1", ("pip==21.3.1",), _WHEEL),
    Front("pip wheel, newest", ("pip",), _WHEEL),
    Front("pip install -e, 21.3.1", ("pip==21.3.1",), _EDITABLE, imports=True),
    Front("pip install -e, newest", ("pip",), _EDITABLE, imports=True),
    Front("build, 1.0.0", ("build==1.0.0",), _BUILD),
    Front("build, newest", ("build",), _BUILD),
    Front("uv build", (), _UV),
    Front("uv pip install -e", (), _UV_EDITABLE, imports=True),
    Front("uv sync", (), ("uv", "sync", "--python", "{python}", "--project", "{tree}"), imports=True,
          environ={"UV_PROJECT_ENVIRONMENT": "{environment}"}),
    Front("tox", ("tox>=4",), ("{python}", "-m", "tox", "run", "-e", "py", "--root", "{tree}", "-c", "{tree}/tox.ini"),
          files={"tox.ini": TOX}),
    Front("nox", ("nox",), ("{python}", "-m", "nox", "-f", "{tree}/noxfile.py"), files={"noxfile.py": NOX}),
    # pdm 2.29 asks for hishel>=1.4 and does not run with 2.0.
    Front("pdm build", ("pdm", "hishel<2"), (*_PDM, "-p", "{tree}", "--no-sdist", "-d", "{out}")),
    Front("poetry, of an application", ("poetry",), ("{python}", "-m", "poetry", "-C", "{tree}/app", "add", "{tree}"),
          files={"app/pyproject.toml": APP}, imports=True,
          environ={"VIRTUAL_ENV": "{environment}", "POETRY_VIRTUALENVS_CREATE": "false"}),
    Front("cibuildwheel's build step", ("pip",), (*_PIP, "wheel", "{tree}", "-w", "{out}", "--no-deps", "-v"),
          environ={"CIBUILDWHEEL": "1", "CIBW_ARCHS": "auto", "AUDITWHEEL_PLAT": "manylinux_2_28_x86_64"}),
    Front("uv build, cargo nightly", (), _UV, environ=_NIGHTLY, cargo=True),
    Front("uv build, cargo nightly, new build-dir layout", (), _UV, cargo=True,
          environ={**_NIGHTLY, "CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT": "true"}),
)  # fmt: skip
# A row about cargo needs one delegate of each kind.
CELLS = [
    (front, delegate) for front in FRONTS for delegate in DELEGATES if not front.cargo or "newest" in delegate.name
]


def _tree(folder: Path, place: Place, front: Front, delegate: Delegate) -> Path:
    """A copy of the example whose table pins the delegate, and takes us from the wheel of this checkout."""
    tree = folder / "tree"
    shutil.copytree(TOP / "examples" / delegate.example, tree, ignore=shutil.ignore_patterns("target", "build"))
    (ours,) = place.links.glob("*.whl")
    wanted = [f"pyo3-features-backend @ {ours.as_uri()}", *delegate.requires]
    file = tree / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    text, changed = re.subn(r"(?m)^requires = \[[^]]*\]", lambda _: f"requires = {wanted}", text, count=1)
    if not changed:
        raise Failed("the example has no requires")
    file.write_text(text, encoding="utf-8")
    for name, content in front.files.items():
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(content.replace("{module}", MODULES[delegate.example]), encoding="utf-8")
    return tree


def attempt(place: Place, python: Python, front: Front, delegate: Delegate) -> str:
    """One cell: the versions that took part."""
    if front.environ.get("RUSTUP_TOOLCHAIN") and place.run(["rustc", "-V"], place.folder, front.environ).status:
        raise NotRun("there is no nightly toolchain here")
    folder = place.folder / "front-ends" / re.sub(r"\W+", "-", f"{front.name} {delegate.name}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tree, out = _tree(folder, place, front, delegate), folder / "out"
    made = place.environment(python, folder / "environment", list(front.needs))
    words = {"python": made.program, "tree": str(tree), "out": str(out), "environment": str(folder / "environment")}
    command = [place.uv if word == "uv" else word.format(**words) for word in front.words]
    shared = {"CARGO_TARGET_DIR": str(place.folder / "front-ends-target" / delegate.example)}
    if front.cargo:
        shared["CARGO_TARGET_DIR"] += "-nightly" + str(len(front.environ))
    environ = {**shared, **{name: value.format(**words) for name, value in front.environ.items()}}
    place.ran(command, tree, environ, patience=1200)
    wheels = list(out.glob("*.whl")) if out.is_dir() else []
    if wheels and tag_of(wheels[0]) != TAG:
        raise Failed(f"{tag_of(wheels[0])} instead of {TAG}")
    if front.imports:
        place.ran([made.program, "-c", f"import {MODULES[delegate.example]}"], folder)
    elif not wheels and not front.files:
        raise Failed("there is no wheel")
    return _version(place, made, front)


def _version(place: Place, python: Python, front: Front) -> str:
    """The version of the front end."""
    if not front.needs:
        return place.ran([place.uv, "--version"], place.folder).out.split()[1]
    name = re.split(r"[=>]", front.needs[0])[0]
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    return place.ran([python.program, "-c", code], place.folder).out.strip()


def run(place: Place, here: Mapping[str, Python], state: State, only: list[str], again: bool) -> bool:
    """Every cell that is not known; whether none failed."""
    cells = [each for each in CELLS if not only or any(word in f"{each[0].name}: {each[1].name}" for word in only)]
    if not cells:
        raise Failed("no front end or delegate has that in its name")
    right = True
    for number, (front, delegate) in enumerate(cells, 1):
        name = f"{front.name}: {delegate.name}"
        entry = state.entry(name, f"{front} {delegate}", again=again)
        result = Result(**entry["steps"]["try"]) if "try" in entry["steps"] else Result("not run")
        if result.status != "ok":
            if LABEL in here:
                result = tried(partial(attempt, place, here[LABEL], front, delegate))
            else:
                result = Result("not run", 0.0, f"there is no Python {LABEL} here")
            entry["steps"]["try"] = result._asdict()
            state.save()
            print(f"[{number}/{len(cells)}] {name}  {result.status}  {result.seconds} s  {result.text}", flush=True)
        right = right and result.status != "failed"
    return right


def table(entries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The table of docs/tools.md."""
    lines = [f"| front end | {' | '.join(delegate.name for delegate in DELEGATES)} |", "|---" * 5 + "|"]
    for front in FRONTS:
        cells = []
        for delegate in DELEGATES:
            step = entries.get(f"{front.name}: {delegate.name}", {}).get("steps", {}).get("try")
            left_out = "" if front.cargo and "newest" not in delegate.name else "not run"
            said = left_out if step is None else f"{step['status']}: {step['text']}".replace("ok: ", "ok, ", 1)
            cells.append(said)
        lines.append(f"| {front.name} | {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return lines
