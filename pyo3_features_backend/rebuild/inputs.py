"""The files that a compile reads: those that dep-info lists, and every file of an unpacked sdist.

cargo writes a dep-info file beside each artefact (the Cargo book, "Dep-info files"). It lists the sources of the crate
and of its path dependencies, local procedural macros included, what they include, and what their build scripts name
with ``rerun-if-changed``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from . import content


def artefacts(profiles: Iterable[Path]) -> tuple[set[str], set[str]]:
    """(the crate names of the artefacts in ``profiles``, of those among them that have dep-info).

    ``profiles`` are folders such as ``target/release``.
    """
    made: set[str] = set()
    told: set[str] = set()
    for folder in profiles:
        for file in folder.iterdir():
            if file.is_file() and not file.name.startswith("."):
                # foo.d belongs to foo, foo.exe, foo.dll and foo.dll.lib; no crate has a dot in its name.
                name = file.name.partition(".")[0]
                made.add(name)
                if file.suffix == ".d":
                    told.add(name)
    return made, told


def is_of(artefact: str, crates: Collection[str]) -> bool:
    """Whether the file name of an artefact, less its suffix, is that of one of ``crates``: libNAME or NAME."""
    return bool({artefact.replace("-", "_"), artefact.removeprefix("lib").replace("-", "_")} & set(crates))


def listed(profiles: Iterable[Path], crates: Collection[str]) -> list[str] | None:
    """The files that the dep-info of ``crates`` in ``profiles`` lists, sorted.

    None where an artefact is without its dep-info, as where cargo could not make it, or where it cannot be read: then
    nobody knows what went in.
    """
    folders = list(profiles)
    made, told = artefacts(folders)
    if any(is_of(name, crates) for name in made - told):
        return None
    names: set[str] = set()
    for file in (file for folder in folders for file in folder.glob("*.d") if is_of(file.stem, crates)):
        for row in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            # Only spaces are escaped, by a backslash.
            artefact, colon, rest = row.replace("\\ ", "\0").partition(": ")
            if colon and artefact:
                names.update(name.replace("\0", " ") for name in rest.split(" ") if name)
    # With build.dep-info-basedir they are relative, to a folder that is not named here.
    return sorted(names) if all(map(os.path.isabs, names)) else None


class Left(NamedTuple):
    """What is not looked at: files ``within`` one folder, in which the build compiles; and, where a folder stands for
    all that is in it, the folders ``beside``: other target folders.
    """

    within: str
    beside: frozenset[str]


def changed_unseen(
    names: Iterable[str], digests: content.Digests, before: Collection[str], ended: int, left: Left
) -> bool:
    """Whether the files behind ``names`` are others than in a build that ended at ``ended`` (ns), and cargo cannot see
    it: it compiles again what is younger than its own note of the last compile, which is older than ``ended``.

    ``before`` are the files that they stood for then, with their digests among those that ``digests`` knows.
    """
    now = set()
    for name in files(names, left):
        now.add(name)
        entry, old = digests.entry(name), digests.known.get(name) if name in before else None
        if (old is None or old[-1] != entry[-1]) and (entry[1] <= ended or entry[-1] == content.MISSING):
            return True
    return not now.issuperset(before)


def files(names: Iterable[str], left: Left) -> Iterator[str]:
    """The files behind ``names``: a folder stands for all that is below it."""
    for name in names:
        if is_within(name, left.within):
            continue
        if os.path.isdir(name):
            yield from content.below(name, left.beside | {left.within})
        else:
            yield name


def is_within(name: str, folder: str) -> bool:
    """Whether the path ``name`` is ``folder`` or lies in it."""
    return name == folder or name.startswith(folder + os.sep)


class Tree(NamedTuple):
    """Every file of an unpacked sdist: a digest of names, kinds and contents, and the time of each (ns)."""

    digest: str
    times: dict[str, int]


def tree(root: Path, digests: content.Digests) -> Tree | None:
    """All that is in ``root``, without exception. None where its content cannot be known: a pipe, or a link that leads
    out of it. ``digests`` knows the files of an earlier build, if that was of the same folder.
    """
    rows: list[str] = []
    real = os.path.realpath(root)
    todo = [""]
    try:
        times = {".": os.stat(real).st_mtime_ns}
        while todo:
            folder = todo.pop()
            for entry in os.scandir(os.path.join(real, folder)):
                name = f"{folder}/{entry.name}" if folder else entry.name
                status = entry.stat(follow_symlinks=False)
                times[name] = status.st_mtime_ns
                if entry.is_symlink():
                    if not is_within(os.path.realpath(entry.path), real):
                        return None
                    rows.append(f"link {name}\0{os.readlink(entry.path)}")
                elif entry.is_dir():
                    todo.append(name)
                    rows.append(f"folder {name}")
                elif stat.S_ISREG(status.st_mode):
                    digest = digests.of(entry.path)
                    if not content.is_known(digest):
                        return None
                    rows.append(f"file {name}\0{status.st_mode & 0o111}\0{digest}")
                else:
                    return None
    except OSError:
        return None
    return Tree(content.text_digest(*sorted(rows)), times)


def give_times(root: Path, times: Mapping[str, int]) -> None:
    """Give the files of an unpacked sdist the modification times that the same files had when they were compiled.

    Front ends unpack with times of their own, for which cargo would compile everything again. Raises :class:`OSError`.
    """
    links = os.utime in os.supports_follow_symlinks
    for name, time in times.items():
        file = os.path.join(root, name)
        status = os.lstat(file)
        if status.st_mtime_ns != time and (links or not stat.S_ISLNK(status.st_mode)):
            os.utime(file, ns=(time, time), follow_symlinks=not links)
