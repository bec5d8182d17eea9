"""A project of tools/corpus, an old sdist on new Pythons, three pairs of a front end and a delegate: each day others.

`tox -e corpus` and `tox -e tools` run them all, with more steps, and write the tables of the documentation.
"""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from corpus import front_ends, new, pythons
from corpus.job import Job
from corpus.place import NotRun, Place, State
from corpus.projects import PROJECTS
from corpus.run import NEEDS, Run, go
from corpus.steps import STEPS
from support.seed import SEED, part

pytestmark = [
    pytest.mark.build,
    pytest.mark.corpus,
    pytest.mark.skipif(not shutil.which("uv"), reason="not run: there is no uv"),
]
FOUND = pythons.found()
READY = [project for project in PROJECTS if not project.not_run]
# Its own tests, the rebuilds and the search for the lowest floor are for the whole run.
FEW = {name: step for name, step in STEPS.items() if name not in ("wheels", "probe")}
(PROJECT,) = part(READY, len(READY))
(OLD,) = part(new.OLD, len(new.OLD))
CELLS = part(front_ends.CELLS, len(front_ends.CELLS) // 3)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"))


def steps(place: Place, job: Job, functions: Any, needs: Any) -> dict[str, Any]:
    """What came of each step; the lines of the progress are what pytest shows of a failure."""
    state = State(place, "today")
    entry = state.entry(job.project.name, job.project.key)
    go(Run(state, f"PFB_SEED={SEED}"), job, entry, functions, needs)
    found: dict[str, Any] = entry["steps"]
    return found


@pytest.mark.parametrize("name", [PROJECT.name])
def test_the_project_of_the_day_is_changed_built_imported_and_audited(name: str, place: Place) -> None:
    (project,) = (one for one in PROJECTS if one.name == name)
    done = steps(place, Job(place.having(dict(project.environ)), project, FOUND, {}), FEW, NEEDS)
    assert {step: result["text"] for step, result in done.items() if result["status"] != "ok"} == {}


@pytest.mark.parametrize("name", [f"{OLD.name} {OLD.version}"])
def test_the_old_sdist_of_the_day_works_on_the_new_pythons(name: str, place: Place) -> None:
    here = [label for label in new.LATER if label in FOUND]
    if not here:
        pytest.skip(f"not run: there is no Python {' or '.join(new.LATER)} here (tox -e interpreters)")
    functions = {step: function for step, function in new.STEPS.items() if not step.startswith("plain ")}
    done = steps(place, Job(place, OLD.project, FOUND, {}, under="new"), functions, new.NEEDS)
    assert {step: result["text"] for step, result in done.items() if result["status"] == "failed"} == {}
    wanted = "not run" if OLD.refused else "ok"
    assert {done[f"ours {label}"]["status"] for label in here} == {wanted}


@pytest.mark.parametrize(("front", "delegate"), CELLS, ids=[f"{front.name}, {one.name}" for front, one in CELLS])
def test_the_front_ends_of_the_day_build_with_a_delegate(
    front: front_ends.Front, delegate: front_ends.Delegate, place: Place
) -> None:
    if front_ends.LABEL not in FOUND:
        pytest.skip(f"not run: there is no Python {front_ends.LABEL} here")
    try:
        assert front_ends.attempt(place, FOUND[front_ends.LABEL], front, delegate)
    except NotRun as error:
        pytest.skip(f"not run: {error}")
