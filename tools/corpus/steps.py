"""What is done to one project, step by step. What a step leaves for the later ones are files, and facts that are kept.

Two trees are made of its sdist: ``plain`` as it is published, and ``ours``, which `migrate` has changed.
"""

from __future__ import annotations

import difflib
import json
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from packaging.specifiers import SpecifierSet

from .index import fetched
from .place import Failed, NotRun, Place, extensions, tag_of
from .projects import Project
from .published import wheels_of
from .pythons import Python

BY_PROBE = "the code needs more than the limited API"  # our hint is then to run probe
# The tag where a crate has no PyO3 and the delegate decides.
ANY = "the delegate's tag"
# Imports every extension of the wheel in the current folder, without what the package imports besides. Python 3.6.
IMPORTS = """\
import ctypes, importlib.util, os
names = []
for folder, _, files in os.walk("."):
    for file in sorted(files):
        if not file.endswith((".so", ".pyd")):
            continue
        path, leaf = os.path.join(folder, file), file.split(".")[0]
        with open(path, "rb") as opened:
            entry = b"PyInit_" + leaf.encode() in opened.read()
        if not entry:  # cffi and uniffi load such a library themselves
            ctypes.CDLL(os.path.abspath(path))
            continue
        name = ".".join(os.path.normpath(folder).split(os.sep) + [leaf]).lstrip(".")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        names.append(name)
print(" ".join(names) or "a library")
"""
# The same of a wheel without one: its packages.
IMPORTS_PACKAGES = """\
import importlib, os
names = [name for name in sorted(os.listdir(".")) if os.path.isfile(os.path.join(name, "__init__.py"))]
print(" ".join(importlib.import_module(name).__name__ for name in names))
"""


class Job(NamedTuple):
    """One project in one run; ``facts`` are kept with the results."""

    place: Place
    project: Project
    pythons: dict[str, Python]
    facts: dict[str, Any]
    under: str = "projects"

    @property
    def folder(self) -> Path:
        return self.place.folder / self.under / self.project.name

    def tree(self, name: str) -> Path:
        return self.folder / name

    def builder(self, label: str) -> Python:
        """The environment of an interpreter with this backend, its command and both delegates."""
        folder = self.place.folder / "environments" / self.place.digest / label.replace(" ", "-")
        made = self.place.environment(self.pythons[label], folder, [])
        if not (folder / "complete").exists():
            self.place.install(made, ["pyo3-features-backend[cli,maturin,setuptools-rust]", "setuptools-scm"])
            (folder / "complete").touch()
        return made

    def verb(self, label: str, *words: str, tree: str = "ours") -> tuple[int, str, str]:
        """Status, output and reason of a verb of the command, in the environment of an interpreter."""
        python = self.builder(label)
        said = self.place.run([*python.words, "-m", "pyo3_features_backend", *words], self.tree(tree))
        if "internal error" in said.err or said.status not in (0, 1):
            raise Failed(f"{words[0]}: {said.reason}")
        return said.status, said.out, said.reason

    @property
    def main(self) -> str:
        """The label of the interpreter for what is done with one only: pyenv's newest that has a promise."""
        promised = self.facts.get("promised", {})
        usable = [label for label, python in self.pythons.items() if python.builds and not python.before]
        usable = [label for label in usable if not label.endswith("t") and (not promised or label in promised)]
        if not usable:
            raise NotRun("no interpreter of this machine builds it")
        return usable[-1]

    def is_at_home(self, label: str, python: Python) -> bool:
        """Whether the interpreter ``label`` is in the same system as ``python``."""
        return self.pythons[label].before == python.before

    def wheels(self) -> dict[str, Path]:
        """The wheels that were built, each content once, by the label of the first interpreter that built it. What is
        in .dist-info is not compared: maturin's SBOM has a number and a time of its own in each wheel.
        """
        found: dict[tuple[str, frozenset[tuple[str, int]]], tuple[str, Path]] = {}
        for label in self.pythons:
            for wheel in (self.folder / "dist" / label).glob("*.whl"):
                with zipfile.ZipFile(wheel) as opened:
                    files = [file for file in opened.infolist() if ".dist-info/" not in file.filename]
                content = frozenset((file.filename, file.CRC) for file in files)
                found.setdefault((wheel.name, content), (label, wheel))
        return dict(found.values())


def get(job: Job) -> str:
    """Download the sdist and lay both trees; nothing that an earlier run built is used."""
    shutil.rmtree(job.folder, ignore_errors=True)
    project = job.project
    store = job.place.folder / "sdists" / f"{project.name}-{project.version}.tar.gz"
    archive = fetched(project.name, project.version, project.sha256, store)
    with tarfile.open(archive) as sdist:
        sdist.extractall(job.folder / "unpacked")
    (inside,) = (path for path in (job.folder / "unpacked").iterdir() if path.is_dir())
    # Which toolchains are installed is not the project's matter.
    for file in inside.glob("rust-toolchain*"):
        file.unlink()
    # An author's tree, and not an unpacked sdist; setuptools-scm takes the version from it.
    if "maturin" in (inside / "pyproject.toml").read_text(encoding="utf-8"):
        (inside / "PKG-INFO").unlink(missing_ok=True)
    _give_version(inside / "pyproject.toml")
    for name in ("plain", "ours"):
        shutil.copytree(inside, job.tree(name), symlinks=True)
    shutil.rmtree(job.folder / "unpacked")
    return project.version


def check(job: Job) -> str:
    """What is wrong in the published project's declarations."""
    _, out, reason = job.verb(job.main, "check", "--json", tree="plain")
    try:
        found = json.loads(out)["problems"]
    except ValueError:
        raise Failed(reason) from None
    return " ".join(sorted({problem["code"] for problem in found})) or "nothing"


def _give_version(file: Path) -> None:
    """Say that the version is dynamic if [project] has none: maturin takes Cargo.toml's, and uv refuses the file."""
    text = file.read_text(encoding="utf-8")
    table = re.search(r"^\[project\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    if table and not re.search(r"^version\s*=|^dynamic\s*=[^]]*[\"']version", table[1], re.MULTILINE):
        at = table.start(1)
        file.write_text(f'{text[:at]}dynamic = ["version"]\n{text[at:]}', encoding="utf-8")


def _lines(before: Path, after: Path) -> tuple[int, int]:
    """How many lines of a tree are gone and how many are new."""
    gone = new = 0
    for file in sorted({path.relative_to(tree) for tree in (before, after) for path in tree.rglob("*")}):
        old, now = (tree / file for tree in (before, after))
        if file.name == "Cargo.lock" or "target" in file.parts or old.is_dir() or now.is_dir():
            continue
        texts = [
            path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
            for path in (old, now)
        ]
        for row in difflib.ndiff(texts[0], texts[1]) if texts[0] != texts[1] else ():
            gone += row.startswith("- ")
            new += row.startswith("+ ")
    return gone, new


def migrate(job: Job) -> str:
    """Change the tree as its author would: by hand where migrate asks for that, by it, and with what settings need."""
    tree = job.tree("ours")
    shutil.rmtree(tree)
    plain = job.tree("plain")
    built = {"target", "build"}  # at the top; a vendored crate can have a folder of that name
    shutil.copytree(
        plain, tree, symlinks=True, ignore=lambda folder, names: built & {*names} if Path(folder) == plain else set()
    )
    for edit in job.project.edits:
        changed = tree / edit.file
        changed.write_text(changed.read_text(encoding="utf-8").replace(edit.old, edit.new), encoding="utf-8")
    status, _, reason = job.verb(job.main, "migrate", "--yes", "--allow-dirty")
    if status:
        raise Failed(reason)
    if job.project.settings:
        _set(tree / "pyproject.toml", job.project.settings)
    gone, new = _lines(job.tree("plain"), tree)
    job.facts["lines"] = f"−{gone} +{new}"
    return f"{job.facts['lines']} lines"


def _set(file: Path, settings: str) -> None:
    """Add keys to our table, which `migrate` may have made."""
    text, header = file.read_text(encoding="utf-8"), "[tool.pyo3-features-backend]\n"
    if header in text:
        text = text.replace(header, f"{header}{settings}\n", 1)
    else:
        text += f"\n{header}{settings}\n"
    file.write_text(text, encoding="utf-8")


def probe(job: Job) -> str:
    """The lowest floor at which the code compiles and imports, whatever floor the project has."""
    if job.facts["pyo3"] == "none":
        raise NotRun("it has no PyO3")
    if "probed" in job.facts:
        return _found(job)
    if job.project.imports:  # its build script may import them, too
        job.place.ran(
            [job.place.uv, "pip", "install", "-q", "--python", job.builder(job.main).program, *job.project.imports],
            job.folder,
        )
    return _probe(job)


def _probe(job: Job, *options: str) -> str:
    _, out, reason = job.verb(job.main, "probe", "--json", *options)
    try:
        answer = json.loads(out)
    except ValueError:
        raise Failed(reason) from None
    if "floor" not in answer:
        raise Failed(answer["problems"][0]["message"])
    job.facts["probed"] = answer["floor"]
    return _found(job)


def _found(job: Job) -> str:
    return f"lowest floor: {job.facts['probed'] or 'none'}"


def explain(job: Job) -> str:
    """What is promised for each interpreter that can run hooks."""
    promised, refused, found = {}, {}, set()
    job.facts.pop("promised", None)
    for label, python in job.pythons.items():
        if not python.builds:
            continue
        status, out, reason = job.verb(label, "explain", "--json")
        try:
            plan = json.loads(out)
        except ValueError:
            refused[label] = reason
            continue
        if "project" not in plan:  # its files cannot be read
            refused[label] = plan["problems"][0]["message"]
            continue
        found.update([plan["pyo3"]["version"]] if plan["pyo3"] else [])
        if not (_allows(plan["project"]["requires_python"] or "", python) and is_named(job.tree("plain"), python)):
            continue
        errors = [problem["message"] for problem in plan["problems"] if problem["severity"] == "error"]
        if status or errors:
            refused[label] = errors[0] if errors else reason
        else:
            wheel = plan["wheel"]
            promised[label] = f"{wheel['python_tag']}-{wheel['abi_tag']}" if wheel else ANY
    job.facts.update(promised=promised, refused=refused, pyo3=", ".join(sorted(found)) or "none")
    if not promised:
        raise Failed(next(iter(refused.values()), "no interpreter of this machine builds it"))
    return ", ".join(f"{tag} on {_span(labels)}" for tag, labels in _by_tag(promised).items())


def _by_tag(promised: dict[str, str]) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for label, tag in promised.items():
        tags.setdefault(tag, []).append(label)
    return tags


def _span(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def build(job: Job) -> str:
    """A wheel in each interpreter that is promised one. Where the code needs a newer floor, `probe` finds it and writes
    it down, as our message says.
    """
    try:
        return _build(job)
    except Failed as error:
        if BY_PROBE not in str(error) or "abi3" in job.project.settings:
            raise
    said = _probe(job, "--write")
    explain(job)
    return f"{said}; {_build(job)}"


def _build(job: Job) -> str:
    promised = job.facts["promised"]
    shutil.rmtree(job.folder / "dist", ignore_errors=True)
    (job.folder / "dist").mkdir()
    for label, tag in list(promised.items()):
        out = job.folder / "dist" / label
        try:
            wheel = job.place.wheel(job.tree("ours"), out, job.pythons[label])
        except Failed as error:
            if not _fails_as_published(job, label):
                raise
            job.facts["refused"][label] = f"as published, it does not build there either: {error}"
            del promised[label]
            continue
        if tag not in (ANY, tag_of(wheel)):
            raise Failed(f"{label} was promised {tag} and got {tag_of(wheel)}")
    wheels = job.wheels()
    job.facts["wheels"] = sorted({tag_of(wheel) for wheel in wheels.values()})
    return f"{len(promised)} builds, {len(wheels)} different wheels, as promised: {' '.join(job.facts['wheels'])}"


def _fails_as_published(job: Job, label: str) -> bool:
    out = job.folder / "dist" / f"plain-{label}"
    try:
        job.place.wheel(job.tree("plain"), out, job.pythons[label])
    except Failed:
        return True
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return False


def imports(job: Job) -> str:
    """Each wheel on every interpreter that it claims, installed by uv, which compares the tags as pip does. A wheel
    without an extension is for those that no other wheel is for.
    """
    done: set[str] = set()
    wheels = job.wheels()
    for maker, wheel in sorted(wheels.items(), key=lambda pair: _is_pure(pair[1])):
        for label, python in job.pythons.items():
            tag = tag_of(wheel)
            if not python.claimed(tag) or (_is_pure(wheel) and label in done):
                continue
            # A wheel is not repaired, so it links the libraries of the system on which it was built.
            here = [other for other, built in wheels.items() if tag_of(built) == tag and job.is_at_home(other, python)]
            if here and not job.is_at_home(maker, python):
                continue
            # A tag such as py3-none names no oldest Python.
            if tag.endswith("-none") and not _allows(_requires_python(wheel), python):
                continue
            target = job.folder / "imports" / maker / label
            install_apart(job.place, python, wheel, target)
            bare = not list(extensions(target))  # an optional one, say, whose PyO3 does not support this Python
            if not _has_imports(job, python, target):
                continue
            if bare and job.facts["promised"][maker] != ANY:
                raise Failed(f"{wheel.name} has no extension in it")
            said = job.place.run([*python.words, "-c", IMPORTS_PACKAGES if bare else IMPORTS], target)
            if said.status or not said.out.strip():
                raise Failed(f"the wheel of {maker} on {label}: {said.reason}")
            done.add(label)
    if not done:
        raise Failed("there is no interpreter for any wheel")
    job.facts["imported on"] = [label for label in job.pythons if label in done]
    return f"imports on {', '.join(job.facts['imported on'])}"


def _has_imports(job: Job, python: Python, target: Path) -> bool:
    """Install what the extension itself imports beside it; whether all of it can be had for this interpreter."""
    if not job.project.imports or python.pypy:  # PyPy comes with cffi
        return True
    words = [*python.before, job.place.uv, "pip", "install", "-q", "--only-binary", ":all:", "--python", python.program]
    return not job.place.run([*words, "--target", str(target), *job.project.imports], job.folder).status


def _is_pure(wheel: Path) -> bool:
    return wheel.stem.endswith("-none-any")


def _requires_python(wheel: Path) -> str:
    """The Requires-Python of a wheel; empty without one."""
    with zipfile.ZipFile(wheel) as opened:
        name = next(name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        found = re.search(r"^Requires-Python: (.*)$", opened.read(name).decode(), re.MULTILINE)
    return found[1] if found else ""


def _allows(requires_python: str, python: Python) -> bool:
    """Whether it allows the newest patch release of an interpreter: a project can leave out the first ones."""
    return SpecifierSet(requires_python).contains(f"{python.version[0]}.{python.version[1]}.99")


def is_named(tree: Path, python: Python) -> bool:
    """Whether the project is for the implementation: its classifiers name it, or none of them
    (packaging.python.org, "Core metadata", Classifier).
    """
    files = (file for file in (tree / "pyproject.toml", tree / "setup.cfg", tree / "setup.py") if file.is_file())
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    named = {name for text in texts for name in re.findall(r":: Implementation :: (\w+)", text)}
    return not named or ("PyPy" if python.pypy else "CPython") in named


def install_apart(place: Place, python: Python, wheel: Path, target: Path) -> None:
    """Install a wheel without its dependencies into a folder of its own."""
    shutil.rmtree(target, ignore_errors=True)
    if python.builds:
        words = [*python.before, place.uv, "pip", "install", "-q", "--no-deps", "--python", python.program]
        place.ran([*words, "--target", str(target), str(wheel)], place.folder)
    else:  # uv supports none so old; their own pip does
        words = ["-m", "pip", "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check"]
        place.ran([*python.words, *words, "--target", str(target), str(wheel)], place.folder)


def audit(job: Job) -> str:
    """What the audit finds in our wheels."""
    status, out, reason = job.verb(job.main, "audit", "--json", *map(str, job.wheels().values()))
    try:
        found = [problem for wheel in json.loads(out)["wheels"] for problem in wheel["problems"]]
    except ValueError:
        raise Failed(reason) from None
    if status:
        raise Failed("; ".join(sorted({problem["message"] for problem in found}))[:300])
    return " ".join(sorted({problem["code"] for problem in found})) or "nothing"


def needed(job: Job) -> str:
    """Wheels that are published, and wheels that the same Pythons need (matrix --compare), from the recorded names."""
    names = wheels_of(job.project.name)
    if not names:
        raise NotRun("no published names are recorded")
    listed = job.folder / "published.txt"
    listed.write_text("\n".join(names) + "\n", encoding="utf-8")
    _, out, reason = job.verb(job.main, "matrix", "--json", "--compare", str(listed))
    try:
        compared = json.loads(out)["compared"]["platforms"]
    except ValueError:
        raise Failed(reason) from None
    published, least = (sum(row[key] for row in compared) for key in ("published", "needed"))
    job.facts.update(published=published, needed=least)
    return f"{published} published, {least} needed"


STEPS: dict[str, Callable[[Job], str]] = {
    "sdist": get,
    "check": check,
    "migrate": migrate,
    "explain": explain,
    "build": build,
    "import": imports,
    "audit": audit,
    "probe": probe,
    "wheels": needed,
}
