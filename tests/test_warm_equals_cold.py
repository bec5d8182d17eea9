"""Whatever is edited, a wheel answers as one that is built from nothing: random projects, random histories.

PFB_SEQUENCES=300 runs that many; PFB_SEED=1 PFB_SEQUENCE=17 runs one of them again; PFB_COLD=1 builds from nothing
after each step, where otherwise the right answer is computed and only the last one is compared with such a build.
"""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest
from generated_builds import Answers, Failed, Place
from generated_edits import NEWER, OLDER, Historian, Step
from generated_projects import Generator, Layout, State
from generated_sources import answers

SEED = os.environ.get("PFB_SEED") or str(datetime.date.today().toordinal())
SEQUENCES = int(os.environ.get("PFB_SEQUENCES") or 30)
ONE = os.environ.get("PFB_SEQUENCE")
NUMBERS = [int(ONE)] if ONE else list(range(SEQUENCES))
ALWAYS_COLD = bool(os.environ.get("PFB_COLD")) or SEQUENCES > 30


def has_nightly() -> bool:
    try:
        return not subprocess.run(["cargo", "+nightly", "-V"], capture_output=True, check=False).returncode
    except OSError:
        return False


@pytest.fixture(scope="module")
def nightly() -> bool:
    return has_nightly()


@pytest.mark.build
@pytest.mark.parametrize("number", NUMBERS, ids=[f"seed{SEED}-{number}" for number in NUMBERS])
def test_whatever_happens_a_wheel_answers_as_a_cold_one(number: int, nightly: bool, tmp_path: Path) -> None:
    random = Random(f"{SEED}:{number}")
    layout = Generator(random).layout(nightly=number % 5 == 4 and nightly)
    steps = Historian(layout, random).history()
    print(f"PFB_SEED={SEED} PFB_SEQUENCE={number}", *described(layout), sep="\n")
    place = Place(tmp_path, layout, "ours")
    sibling = Place(tmp_path, layout, "sibling")
    for index, step in enumerate(steps):
        print(f"step {index}: {step.kind}", *step.log, sep="\n    ")
        before(place, sibling, step)
        place.write(step.state, step)
        place.remember()
        compare(place, step.state, always_cold=ALWAYS_COLD or index == len(steps) - 1)
    shutil.rmtree(tmp_path)


def described(layout: Layout) -> list[str]:
    rows = [
        f"{name} = {value}"
        for name, value in layout._asdict().items()
        if value and name not in ("root", "parts", "second")
    ]
    for crate in layout.libraries:
        rows.append(f"crate {crate.name} in {crate.folder}, uses {crate.uses}, optional={crate.optional}")
        for reading in crate.readings:
            rows.append("    " + ", ".join(f"{name}={value}" for name, value in reading._asdict().items() if value))
    return rows


def before(place: Place, sibling: Place, step: Step) -> None:
    """What is built by somebody else before ours, or by us in vain."""
    if step.between is None:
        return
    if step.kind == "sibling":
        sibling.write(step.between, force=NEWER if step.sdist_time == NEWER else OLDER)
        compare(sibling, step.between, always_cold=False)
        return
    place.write(step.between, step._replace(then=-1) if step.kind == "failure" else None)
    if step.kind == "cargo":
        place.cargo(step.between)
    else:
        with pytest.raises(Failed):
            place.build(step.between)


def compare(place: Place, state: State, always_cold: bool) -> None:
    right = answers(place.layout, state)
    try:
        warm = place.build(state)
    except Failed as error:
        warm = {"failed": str(error)}
    if always_cold or warm != right:
        try:
            cold = place.cold(state)
        except Failed as error:
            cold = {"failed": str(error)}
        assert cold == right, f"the GENERATOR is wrong: a cold build answers otherwise\n{differences(cold, right)}"
    assert warm == right, f"the wheel is STALE (cold builds are right)\n{differences(warm, right)}"


def differences(said: Answers, right: Answers) -> str:
    """The lines that are not as they should be."""
    rows = []
    for name in sorted({*said, *right}):
        was, should = said.get(name, "missing").splitlines(), right.get(name, "not there").splitlines()
        if len(was) != len(should):
            rows.append(f"{name}: {said.get(name, 'missing')}\n  instead of {right.get(name, 'not there')}")
        else:
            rows += [f"{name}: {one} instead of {two}" for one, two in zip(was, should) if one != two]
    return "\n".join(rows)
