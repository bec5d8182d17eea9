"""Compares a matrix of wheels with published wheels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import BackendError
from ...model.target import Target
from .. import platforms
from ..pythons import identifier
from . import Matrix
from .formats import counted, ranges
from .tags import serves


class Platform(NamedTuple):
    """One platform of a release: how many wheels are ``published`` there for the Pythons of the matrix, how many are
    ``needed`` for the same Pythons, and the Pythons of the matrix that they leave out (``missing``).
    """

    name: str
    published: int
    needed: int
    missing: tuple[Target, ...]


class Comparison(NamedTuple):
    """``published`` are the tags of what is published, ``others`` how many wheels serve no Python of the matrix and are
    not counted. ``missing`` are the Pythons of the matrix for which no platform has a wheel, ``superfluous`` the tags
    whose Pythons have another tag in the matrix.
    """

    published: tuple[str, ...]
    platforms: tuple[Platform, ...]
    others: int
    missing: tuple[Target, ...]
    superfluous: tuple[str, ...]

    @property
    def fewer(self) -> int:
        """How many fewer wheels would serve the same Pythons."""
        return sum(platform.published - platform.needed for platform in self.platforms)


def names(words: Sequence[str]) -> list[str]:
    """Wheel names from folders, wheel files, lists in files, and names. Raises :class:`BackendError`."""
    wheels: list[str] = []
    for word in (part for text in words for part in re.split(r"[,\s]+", text) if part):
        path = Path(word)
        if path.is_dir():
            wheels += sorted(file.name for file in path.glob("*.whl"))
        elif word.endswith(".whl"):
            wheels.append(path.name)
        elif path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            wheels += [Path(name).name for name in re.findall(r"[^\s\"'=,>#]+\.whl", text)]
        else:
            raise BackendError(
                f"{word} is not a wheel, a folder or a list", hint="pass wheels, or a folder that contains them"
            )
    wheels = list(dict.fromkeys(wheels))
    if not wheels:
        raise BackendError("--compare found no wheels", hint="pass wheels, or a folder that contains some")
    return wheels


def on_platform(published: Sequence[str], platform: platforms.Platform | None) -> list[str]:
    """The wheels for ``platform``, or those for Linux, macOS and Windows.

    Raises :class:`BackendError` if there is none.
    """
    kept = [name for name in published if platforms.of_wheel(name) == platform]
    if not kept:
        others = dict.fromkeys(map(platforms.of_wheel, published))
        hint = " or ".join(f"--platform {other.name}" if other else "leave --platform out" for other in others)
        where = platform.title if platform else "Linux, macOS or Windows"
        raise BackendError(f"none of the wheels is for {where}", hint=hint)
    return kept


def compare(matrix: Matrix, published: Iterable[str], project: str) -> Comparison:
    """Compare ``matrix`` with the wheels of ``project`` named ``published``.

    Raises :class:`BackendError` for an invalid name, for a wheel of another project, and for wheels of two releases.
    """
    releases = set()
    platforms: dict[str, Counter[str]] = {}  # platform -> tag -> how many wheels
    for name in published:
        version, label, platform = parsed_name(name, project)
        releases.add(version)
        platforms.setdefault(platform, Counter())[label] += 1
    if len(releases) > 1:
        listed = ", ".join(sorted(releases))
        raise BackendError(
            f"the wheels are from {len(releases)} releases: {listed}", hint="pass the wheels of one release"
        )
    tags = list(dict.fromkeys(tag for counts in platforms.values() for tag in counts))
    planned = {target: wheel.label for wheel in matrix.wheels for target in wheel.serves}
    takes = {tag: {target for target in planned if serves(tag, target)} for tag in tags}
    reached = set().union(*takes.values())
    return Comparison(
        published=tuple(tags),
        platforms=tuple(_platform(name, counts, matrix, takes) for name, counts in sorted(platforms.items())),
        others=sum(count for counts in platforms.values() for tag, count in counts.items() if not takes[tag]),
        missing=tuple(target for target in planned if target not in reached),
        superfluous=tuple(tag for tag in tags if takes[tag] and tag not in planned.values()),
    )


def parsed_name(name: str, project: str) -> tuple[str, str, str]:
    """(version, python and ABI tag, platform) in a wheel's name.

    Raises :class:`BackendError` for an invalid name, and for a wheel of another project.
    """
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

    try:
        own, version, _, tags = parse_wheel_filename(name)
    except InvalidWheelFilename as error:
        raise BackendError(str(error), hint="wheels are named NAME-VERSION-PYTHON-ABI-PLATFORM.whl") from None
    if own != canonicalize_name(project):
        raise BackendError(f"{name} is a wheel of {own}, not of {project}", hint="pass the wheels of this project")
    python = ".".join(sorted({tag.interpreter for tag in tags}))
    abi = ".".join(sorted({tag.abi for tag in tags}))
    return str(version), f"{python}-{abi}", min(_system(tag.platform) for tag in tags)


def _platform(name: str, counts: Counter[str], matrix: Matrix, takes: Mapping[str, set[Target]]) -> Platform:
    """A release that has several wheels of a tag for one platform (say, for an older and a newer glibc) needs as many
    of the one that is planned.
    """
    reached = set().union(*(takes[tag] for tag in counts))
    needed = sum(
        max((count for tag, count in counts.items() if takes[tag] & set(wheel.serves)), default=0)
        for wheel in matrix.wheels
    )
    missing = tuple(target for wheel in matrix.wheels for target in wheel.serves if target not in reached)
    return Platform(
        name=name, published=sum(count for tag, count in counts.items() if takes[tag]), needed=needed, missing=missing
    )


def _system(platform: str) -> str:
    """A platform without its versions: what a release builds for once. Each Python of Pyodide has a version of its own,
    and older ones another name (:mod:`..platforms`).
    """
    versioned = re.sub(r"^(?:pyemscripten|pyodide|emscripten)_", "pyodide_", platform)
    return re.sub(r"^(manylinux|musllinux|macosx|android|ios|pyodide)[\d_]*?_(?=[a-z])", r"\1_", versioned)


def in_words(compared: Comparison) -> str:
    """The comparison in lines, for people."""
    published = sum(platform.published for platform in compared.platforms)
    needed = published - compared.fewer
    than = (
        f"{compared.fewer} fewer" if compared.fewer > 0 else f"{-compared.fewer} more" if compared.fewer else "as many"
    )
    others = f"; {compared.others} more are for other Pythons" if compared.others else ""
    lines = [f"published: {counted(published, 'wheel')}; for the same Pythons {needed} would be enough, {than}{others}"]
    width = max(len(platform.name) for platform in compared.platforms)
    for platform in compared.platforms:
        # What no platform has is said once, below.
        missing = [target for target in platform.missing if target not in compared.missing]
        without = f"; nothing for {ranges(missing)}" if missing else ""
        lines.append(f"  {platform.name:{width}}  {platform.published} now, {platform.needed} needed{without}")
    if compared.missing:
        lines.append(f"published wheels do not cover: {ranges(compared.missing)}")
    if compared.superfluous:
        lines.append(f"no longer needed: {', '.join(compared.superfluous)}")
    return "\n".join(lines)


def as_json(compared: Comparison) -> dict[str, object]:
    """The comparison as the documented JSON object."""
    return {
        "published": list(compared.published),
        "fewer": compared.fewer,
        "others": compared.others,
        "missing": [identifier(target) for target in compared.missing],
        "superfluous": list(compared.superfluous),
        "platforms": [
            {**platform._asdict(), "missing": list(map(identifier, platform.missing))}
            for platform in compared.platforms
        ],
    }
