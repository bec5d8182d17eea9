"""A matrix of wheels as text: for people, and for what builds them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from ...build.gather import Facts
from ...model.target import Target
from ..platforms import Platform
from ..pythons import identifier, setup_python
from . import Matrix, Wheel, in_general


def ranges(targets: Iterable[Target]) -> str:
    """Pythons in few words: ``CPython 3.9 to 3.15, PyPy 3.11``."""
    rows: dict[str, list[Target]] = {}
    for target in targets:
        rows.setdefault(target.label.partition(" ")[0] + ("t" if target.free_threaded else ""), []).append(target)
    words = []
    for name, group in rows.items():
        threaded = "t" if name.endswith("t") else ""
        minors = [f"{target.version[0]}.{target.version[1]}{threaded}" for target in group]
        together = group[-1].version[1] - group[0].version[1] == len(group) - 1
        shown = f"{minors[0]} to {minors[-1]}" if together and len(minors) > 1 else ", ".join(minors)
        words.append(f"{name.rstrip('t') if threaded else name} {shown}")
    return ", ".join(words)


def headline(facts: Facts, matrix: Matrix, platform: Platform | None = None) -> str:
    """``hello: 5 wheels for 11 Pythons (PyO3 0.30.1, requires-python >=3.9)``."""
    crate = facts.crate
    because = [f"PyO3 {crate.pyo3.version}" if crate and crate.pyo3 else "no PyO3"]
    because.append(f"requires-python {facts.requires_python}" if facts.requires_python else "no requires-python")
    served = counted(sum(len(wheel.serves) for wheel in matrix.wheels), "Python")
    where = f" of {platform.title}" if platform else ""
    return f"{facts.name}: {counted(len(matrix.wheels), 'wheel')} for {served}{where} ({', '.join(because)})"


def counted(number: int, what: str) -> str:
    """``1 wheel``, ``2 wheels``."""
    return f"{number} {what}{'s' * (number != 1)}"


def rows(matrix: Matrix) -> list[tuple[str, str, str, str]]:
    """(wheel, what builds it, what it serves, why) for each wheel."""
    return [
        (
            wheel.label,
            ranges([wheel.build_with]),
            ranges(wheel.serves),
            # The Python is in the row already.
            wheel.reason.removeprefix(f"{wheel.build_with.label} has ").removeprefix(f"{wheel.build_with.label} is ")
            + (f"; a fallback for {ranges(others)}" if (others := matrix.fallback(wheel)) else ""),
        )
        for wheel in matrix.wheels
    ]


def gaps(matrix: Matrix) -> list[str]:
    """A line for each reason why Pythons get no wheel; where the project can correct it, with place and hint."""
    reasons: dict[str, list[Target]] = {}
    for gap in matrix.gaps:
        why = in_general(gap.reason, gap.target)
        if gap.problem and gap.mendable:
            why += f" ({gap.problem.place})" if gap.problem.place else ""
            why += f" [{gap.problem.code}]; {gap.problem.hint}"
        reasons.setdefault(why, []).append(gap.target)
    return [f"no wheel for {ranges(targets)}: {why}" for why, targets in reasons.items()]


def github(matrix: Matrix) -> str:
    """A job matrix for GitHub Actions: ``strategy: matrix: ${{ fromJSON(...) }}``, an entry for each wheel."""
    include = [
        {
            "python-version": setup_python(wheel.build_with),
            "wheel": wheel.label,
            "serves": " ".join(identifier(target) for target in wheel.serves),
        }
        for wheel in matrix.wheels
    ]
    return json.dumps({"include": include})


# What cibuildwheel 4.3 never builds, and what it builds only with "enable" (build-platforms.toml, selector.py).
NOT_BUILT = ("cp313t",)
_LAST_OF_PYPY = {(3, 9), (3, 10)}
_LAST_OF_PYODIDE = {(3, 12)}


def cibuildwheel(matrix: Matrix, platform: Platform | None = None) -> str:
    """The variables of cibuildwheel 4 that build each wheel once for each platform."""
    built = [wheel for wheel in matrix.wheels if identifier(wheel.build_with) not in NOT_BUILT]
    first, *further = runs(built) or [[]]
    lines = [f'CIBW_PLATFORM="{platform.name}"'] if platform else []
    lines.append(f'CIBW_BUILD="{selected(first)}"')
    if enabled := groups(first):
        lines.append(f'CIBW_ENABLE="{" ".join(enabled)}"')
    for run in further:
        labels = ", ".join(wheel.label for wheel in run)
        lines.append(f'# in a run of its own: CIBW_BUILD="{selected(run)}" ({labels})')
    lines += [f"# not built by cibuildwheel: {wheel.label}" for wheel in matrix.wheels if wheel not in built]
    return "\n".join(lines)


def selected(run: Collection[Wheel]) -> str:
    """The value of CIBW_BUILD that builds the wheels of one of the :func:`runs`."""
    return " ".join(f"{identifier(_builder(wheel, run))}-*" for wheel in run)


def groups(run: Collection[Wheel]) -> list[str]:
    """The values of CIBW_ENABLE without which cibuildwheel does not build the wheels."""
    return sorted({group for wheel in run for group in _groups(_builder(wheel, run))})


def _groups(builder: Target) -> list[str]:
    if builder.implementation == "pypy":
        return ["pypy-eol"] if builder.version in _LAST_OF_PYPY else ["pypy"]
    if builder.is_wasm:
        return ["pyodide-eol"] if builder.version in _LAST_OF_PYODIDE else []
    return ["graalpy"] if builder.implementation == "graalpy" else []


def runs(wheels: Collection[Wheel]) -> list[list[Wheel]]:
    """The wheels in as few runs of cibuildwheel as possible.

    In one run, cibuildwheel builds nothing for a Python that can use an abi3 wheel of that run (util/packaging.py,
    find_compatible_wheel), even if that wheel is not meant for it.
    """
    found: list[list[Wheel]] = []
    for wheel in wheels:
        for run in found:
            if not _in_the_way([*run, wheel]):
                run.append(wheel)
                break
        else:
            found.append([wheel])
    return found


def _in_the_way(run: Collection[Wheel]) -> bool:
    """Whether cibuildwheel would use one wheel of the run instead of building another."""
    built = [(wheel, _builder(wheel, run)) for wheel in run]
    return any(
        one != other and builder.version <= later.version and _taken_for(one, later)
        for one, builder in built
        for other, later in built
    )


def _builder(wheel: Wheel, run: Iterable[Wheel]) -> Target:
    """The Python that builds a wheel in cibuildwheel, which goes from the oldest Python to the newest.

    It is the oldest of those that it serves, unless cibuildwheel would then take it for a later Python that has a
    wheel of its own: the oldest above all of these, if there is one. So a stable-ABI wheel comes after the
    version-specific ones for which it is the fallback.
    """
    taken = [other.build_with for other in run if other != wheel and _taken_for(wheel, other.build_with)]
    above = [target for target in wheel.serves if target.version >= wheel.build_with.version]
    return next((target for target in above if all(target.version > one.version for one in taken)), wheel.build_with)


def _taken_for(wheel: Wheel, target: Target) -> bool:
    abi3 = "abi3" in wheel.abi_tag.split(".") and target.implementation == "cpython" and not target.free_threaded
    return abi3 and int(wheel.python_tag[3:]) <= target.version[1]
