"""What is done to one project, step by step. What a step leaves for the later ones are files, and facts that are kept.

Two trees are made of its sdist: ``plain`` as it is published, and ``ours``, which `migrate` has changed.
"""

from __future__ import annotations

import difflib
import json
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from .imports import imports
from .index import fetched
from .job import ANY, Job, allows, is_named
from .place import Failed, NotRun, tag_of
from .published import wheels_of

BY_PROBE = "the code needs more than the limited API"  # our hint is then to run probe


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
        if not (allows(plan["project"]["requires_python"] or "", python) and is_named(job.tree("plain"), python)):
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
