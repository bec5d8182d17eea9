"""Finds the files that a compile reads: those that dep-info lists, or all files of an unpacked sdist.

cargo writes a dep-info file next to each artefact (the Cargo book, "Dep-info files"). It lists the sources of the crate
and of its path dependencies with local procedural macros, the files that they include, and the files that their build
scripts name with ``rerun-if-changed``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..facts import toml
from ..facts.files import without_parents
from . import content


def artefacts(profiles: Iterable[Path]) -> tuple[set[str], set[str]]:
    """(the names of all artefacts in ``profiles``, the names of those that have dep-info), without suffixes.

    ``profiles`` are folders such as ``target/release``.
    """
    made: set[str] = set()
    described: set[str] = set()
    for folder in profiles:
        for file in folder.iterdir():
            if file.is_file() and not file.name.startswith("."):
                # foo.d belongs to foo, foo.exe, foo.dll and foo.dll.lib; no crate has a dot in its name.
                name = file.name.partition(".")[0]
                made.add(name)
                if file.suffix == ".d":
                    described.add(name)
    return made, described


def is_artefact_of(artefact: str, crates: Collection[str]) -> bool:
    """Whether ``artefact``, a file name without its suffix, is libNAME or NAME of one of ``crates``."""
    return bool({artefact.replace("-", "_"), artefact.removeprefix("lib").replace("-", "_")} & set(crates))


def listed(profiles: Iterable[Path], crates: Collection[str]) -> list[str] | None:
    """The sorted paths of the files that the dep-info of ``crates`` in ``profiles`` lists.

    None if an artefact has no dep-info, which happens if cargo could not write it, or if the dep-info has relative
    paths: then the inputs are not known.
    """
    folders = list(profiles)
    made, described = artefacts(folders)
    if any(is_artefact_of(name, crates) for name in made - described):
        return None
    names: set[str] = set()
    for file in (file for folder in folders for file in folder.glob("*.d") if is_artefact_of(file.stem, crates)):
        for row in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            # cargo escapes only spaces, with a backslash.
            artefact, colon, rest = row.replace("\\ ", "\0").partition(": ")
            if colon and artefact:
                # A separator at the end is of a folder that a build script names, and says nothing else there.
                names.update(name.replace("\0", " ").rstrip(f"/{os.sep}") or name for name in rest.split(" ") if name)
    # With build.dep-info-basedir the paths are relative to a folder that the file does not name.
    return sorted(names) if all(map(os.path.isabs, names)) else None


class Excluded(NamedTuple):
    """The files that are not compared.

    These are all files in ``build_folder``, in which the build compiles. If an input is a folder and so stands for all
    files in it, these are also the files in ``target_folders``, the other target folders.
    """

    build_folder: str
    target_folders: frozenset[str]


def changed_unseen(
    names: Iterable[str], digests: content.Digests, before: Collection[str], ended: int, excluded: Excluded
) -> bool:
    """Whether the files of ``names`` have changed since a build that ended at ``ended`` (ns), unnoticed by cargo.

    cargo compiles again if a file is newer than its own record of the last compile, which is older than ``ended``.
    ``before`` are the files of ``names`` in that build; ``digests`` knows their digests.
    """
    now = set()
    for name in files(names, excluded):
        now.add(name)
        entry, old = digests.entry(name), digests.known.get(name) if name in before else None
        if (old is None or old[-1] != entry[-1]) and (entry[1] <= ended or entry[-1] == content.MISSING):
            return True
        # The time was set back: an artefact of another profile or other features may be older than the content.
        if old is not None and entry[1] < old[1] and entry[-1] != content.FOLDER:
            return True
    return not now.issuperset(before)


def files(names: Iterable[str], excluded: Excluded) -> Iterator[str]:
    """The files of ``names``. The name of a folder stands for all files and folders below it.

    A name with a separator at its end is the folder of a package (:func:`content.files_below`).
    """
    for name in map(without_parents, names):
        if is_within(name, excluded.build_folder):
            continue
        if os.path.isdir(name):
            outside = excluded.target_folders | {excluded.build_folder}
            yield from content.files_below(name, outside, package=name.endswith(os.sep))
        else:
            yield name


def is_within(name: str, folder: str) -> bool:
    """Whether the path ``name`` is ``folder`` or below it."""
    return name == folder or name.startswith(folder + os.sep)


def workspaces(packages: Iterable[Path]) -> list[Path]:
    """The folders of the workspaces that packages name (``package.workspace``), which need not be above them."""
    found = []
    for folder in packages:
        try:
            text = (folder / "Cargo.toml").read_text(encoding="utf-8")
            table = toml.parse(text) if "workspace" in text else {}
            named = table.get("package", {}).get("workspace")
        except (OSError, ValueError, AttributeError):
            continue  # cargo says what is wrong with it
        if isinstance(named, str) and "\0" not in named:
            found.append(Path(os.path.normpath(folder / named)))  # as cargo does, whatever is a link
    return found


class Tree(NamedTuple):
    """All files of an unpacked sdist: a digest of names, kinds and contents, and each modification time (ns)."""

    digest: str
    times: dict[str, int]


def tree(root: Path, digests: content.Digests) -> Tree | None:
    """Read all files in ``root``, without exception.

    None if it contains something without a known content: a named pipe, or a link to something outside it. ``digests``
    knows the files of an earlier build in the same folder, if there was one.
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


def metadata(root: Path) -> str:
    """A digest of the metadata of all files in ``root``, which is another one if anything in it was written."""
    rows: list[str] = []
    todo = [os.path.realpath(root)]
    while todo:
        for entry in os.scandir(todo.pop()):
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                todo.append(entry.path)
                rows.append(entry.path)
            else:
                rows.append(f"{entry.path}\0{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}")
    return content.text_digest(*sorted(rows))


def restore_times(root: Path, times: Mapping[str, int]) -> None:
    """Give the files of an unpacked sdist the modification times ``times`` that they had when they were compiled.

    Front ends set other times when they unpack, and cargo would compile everything again. Raises :class:`OSError`.
    """
    links = os.utime in os.supports_follow_symlinks
    for name, time in times.items():
        file = os.path.join(root, name)
        status = os.lstat(file)
        if status.st_mtime_ns != time and (links or not stat.S_ISLNK(status.st_mode)):
            os.utime(file, ns=(time, time), follow_symlinks=not links)
