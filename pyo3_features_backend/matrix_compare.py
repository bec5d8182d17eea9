"""A matrix of wheels against those that are published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from .errors import BackendError
from .matrix import Matrix
from .target import Target


class Comparison(NamedTuple):
    """``published`` are the tags of what is published, ``platforms`` how many platforms there are, ``fewer`` how many
    wheels less would serve the same Pythons on each of them, ``others`` how many of the published serve none of the
    Pythons of the matrix and are not counted. ``missing`` are the Pythons that the matrix serves and the
    published wheels do not, ``superfluous`` the published tags whose Pythons have another tag in the matrix.
    """

    published: tuple[str, ...]
    platforms: int
    fewer: int
    others: int
    missing: tuple[Target, ...]
    superfluous: tuple[str, ...]


def names(words: Sequence[str]) -> list[str]:
    """Wheel names from folders, wheel files, lists in files, and names. Raises :class:`BackendError`."""
    found: list[str] = []
    for word in (part for text in words for part in re.split(r"[,\s]+", text) if part):
        path = Path(word)
        if path.is_dir():
            found += sorted(file.name for file in path.glob("*.whl"))
        elif word.endswith(".whl"):
            found.append(path.name)
        elif path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [Path(name).name for name in re.findall(r"[^\s\"'=,>#]+\.whl", text)]
        else:
            raise BackendError(f"{word} is no wheel, no folder and no list", hint="name wheels, or where they lie")
    found = list(dict.fromkeys(found))
    if not found:
        raise BackendError("there is no wheel in what --compare names", hint="name wheels, or a folder that holds some")
    return found


def compare(matrix: Matrix, published: Iterable[str]) -> Comparison:
    """Set ``matrix`` against the wheels named ``published``. Raises :class:`BackendError` for a name that is none."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    tags: dict[str, set[str]] = {}  # on which platforms
    count = others = 0
    served = [(target, wheel) for wheel in matrix.wheels for target in wheel.serves]
    for name in published:
        try:
            found = parse_wheel_filename(name)[3]
        except InvalidWheelFilename as error:
            raise BackendError(str(error), hint="wheels are named NAME-VERSION-PYTHON-ABI-PLATFORM.whl") from None
        python = ".".join(sorted({tag.interpreter for tag in found}))
        abi = ".".join(sorted({tag.abi for tag in found}))
        label = f"{python}-{abi}"
        tags.setdefault(label, set()).add(min(_system(tag.platform) for tag in found))
        if any(_serves(label, target) for target, _ in served):
            count += 1
        else:
            others += 1
    missing = [target for target, _ in served if not any(_serves(tag, target) for tag in tags)]
    own = {wheel.label for wheel in matrix.wheels}
    superfluous = [tag for tag in tags if tag not in own and any(_serves(tag, target) for target, _ in served)]
    platforms = set().union(*tags.values())
    needed = 0
    for platform in platforms:
        here = [tag for tag, where in tags.items() if platform in where]
        needed += len({wheel.label for target, wheel in served if any(_serves(tag, target) for tag in here)})
    return Comparison(tuple(tags), len(platforms), count - needed, others, tuple(missing), tuple(superfluous))


def _system(platform: str) -> str:
    """A platform without its versions: what a release builds for once."""
    return re.sub(r"^(manylinux|musllinux|macosx)[\d_]*?_(?=[a-z])", r"\1_", platform)


def _serves(label: str, target: Target) -> bool:
    """Whether a wheel with this tag can be installed for a Python (PEP 425, PEP 803)."""
    python, _, abi = label.partition("-")
    own_python, own_abi = target.wheel_tag
    abis = abi.split(".")
    if python == own_python and (own_abi in abis or abi == "none"):
        return True
    floor = re.fullmatch(r"cp(\d)(\d+)", python)
    if target.implementation != "cpython" or not floor:
        return python in ("py3", "py2.py3")
    fits = (int(floor.group(1)), int(floor.group(2))) <= target.version
    return fits and ("abi3t" in abis if target.free_threaded else "abi3" in abis or "abi3t" in abis)
