"""Whatever is edited, a wheel answers as one that is built from nothing: random projects, random histories.

PFB_SEQUENCES=300 runs that many; PFB_SEED=1 PFB_SEQUENCE=17 runs one of them again; PFB_COLD=1 builds from nothing
after each step, where otherwise the right answer is computed and only the last one is compared with such a build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.generated_builds import Answers, Failed, Place
from support.generated_edits import Step, drawn
from support.generated_projects import Layout, State
from support.generated_sources import answers
from support.seed import SEED

pytestmark = [pytest.mark.build, pytest.mark.chosen]


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


@pytest.mark.parametrize("number", NUMBERS, ids=[f"seed{SEED}-{number}" for number in NUMBERS])
def test_whatever_happens_a_wheel_answers_as_a_cold_one(number: int, nightly: bool, tmp_path: Path) -> None:
    layout, steps = drawn(number, nightly)
    print(f"PFB_SEED={SEED} PFB_SEQUENCE={number}", *described(layout), sep="\n")
    place, sibling = Place(tmp_path, layout, "ours"), Place(tmp_path, layout, "sibling")
    wrong: list[str] = []
    for index, step in enumerate(steps):
        print(f"step {index}: {step.kind}", *step.log, sep="\n    ")
        said = before(place, sibling, step)
        place.write(step.state, step)
        place.remember()
        said += compare(place, step.state, always_cold=ALWAYS_COLD or index == len(steps) - 1)
        wrong += [f"step {index}: {row}" for row in said]
    assert not wrong, "\n".join(wrong)
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


def before(place: Place, sibling: Place, step: Step) -> list[str]:
    """What is built by somebody else before ours, or by us in vain; what is wrong with it."""
    if step.between is None:
        return []
    if step.kind == "sibling":
        sibling.write(step.between, force=step.sdist_time)
        return [f"sibling: {row}" for row in compare(sibling, step.between, always_cold=False)]
    place.write(step.between, step if step.kind == "failure" else None)
    if step.kind == "cargo":
        place.cargo(step.between)
        return []
    try:
        place.build(step.between)
    except Failed:
        return []
    return ["a wheel was made of what does not compile"]


def compare(place: Place, state: State, always_cold: bool) -> list[str]:
    """What is wrong with a wheel of the place; a computed answer that a cold build does not give ends the test."""
    right = answers(place.layout, state)
    warm = built(lambda: place.build(state))
    if always_cold or warm != right:
        cold = built(lambda: place.cold(state))
        if cold != right:
            pytest.fail(f"the generator is wrong, a cold build answers otherwise:\n{differences(cold, right)}")
    return [f"a cold build is right, but not this wheel:\n{differences(warm, right)}"] if warm != right else []


def built(build: Callable[[], Answers]) -> Answers:
    try:
        return build()
    except Failed as error:
        return {"failed": str(error)}


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
