"""tools/corpus: which wheel is for which interpreter, what of an earlier run counts, and the tables."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus import front_ends, imports, new, report, results, steps
from corpus.job import Job, is_named
from corpus.place import Failed, NotRun, Said, State, tag_of, tried
from corpus.projects import PROJECTS
from corpus.published import grouped, wheels_of
from corpus.pythons import KNOWN, Python
from corpus.run import NEEDS, chosen
from corpus.steps import STEPS
from corpus.trials import TRIALS


@pytest.mark.parametrize(
    ("tag", "takers"),
    [
        ("cp39-abi3", "3.9, 3.10, 3.11, 3.12, 3.13, 3.14, 3.15"),
        ("cp314-cp314t", "3.14t"),
        ("cp313-cp313", "3.13"),
        ("cp37-cp37m", "3.7"),
        ("cp315-abi3.abi3t", "3.15, 3.15t"),
        ("pp311-pypy311_pp80", "PyPy 3.11"),
        ("py3-none", ", ".join(KNOWN)),
        ("cp39-none", ""),
    ],
)
def test_a_wheel_is_for_the_interpreters_that_its_tag_names(tag: str, takers: str) -> None:
    assert [label for label in KNOWN if Python(label, "").claimed(tag)] == [one for one in takers.split(", ") if one]


@pytest.mark.parametrize(
    ("classifiers", "cpython", "pypy"),
    [
        ("", True, True),
        ("Programming Language :: Python :: Implementation :: CPython", True, False),
        ("Programming Language :: Python :: Implementation :: PyPy", False, True),
        (
            "Programming Language :: Python :: Implementation :: CPython\n"
            "Programming Language :: Python :: Implementation :: PyPy",
            True,
            True,
        ),
        ("Programming Language :: Python :: 3.13", True, True),
    ],
)
@pytest.mark.parametrize("file", ["pyproject.toml", "setup.cfg", "setup.py"])
def test_a_project_is_for_the_implementations_that_its_classifiers_name(
    tmp_path: Path, file: str, classifiers: str, cpython: bool, pypy: bool
) -> None:
    (tmp_path / file).write_text(classifiers, encoding="utf-8")
    assert is_named(tmp_path, Python("3.13", "")) == is_named(tmp_path, Python("3.13t", "")) == cpython
    assert is_named(tmp_path, Python("PyPy 3.11", "")) == pypy


def test_the_recorded_names_come_back_and_each_project_that_is_run_has_some() -> None:
    names = ["a-1-cp39-abi3-win32.whl", "a-1-cp311-cp311-win32.whl", "a-1-cp311-cp311-win_amd64.whl"]
    assert grouped(names) == [["cp311-cp311", "win32 win_amd64"], ["cp39-abi3", "win32"]]
    for project in PROJECTS:
        wheels = wheels_of(project.name)
        assert bool(wheels) != bool(project.not_run)
        assert all(tag_of(Path(name)).count("-") == 1 and f"-{project.version}-" in name for name in wheels)


def test_results_of_other_sources_or_of_another_sdist_are_not_used_again(tmp_path: Path) -> None:
    place: Any = SimpleNamespace(folder=tmp_path, digest="one")
    state = State(place, "corpus")
    state.entry("a", "1.0")["steps"]["build"] = {"status": "ok"}
    state.save()
    assert State(place, "corpus").entry("a", "1.0")["steps"]
    assert not State(place, "corpus").entry("a", "1.0", again=True)["steps"]
    assert not State(place, "corpus").entry("a", "1.1")["steps"]
    place.digest = "two"
    assert not State(place, "corpus").entry("a", "1.0")["steps"]


def test_a_step_that_goes_wrong_is_a_result_with_one_short_line() -> None:
    def fails(error: Exception) -> Any:
        def step() -> str:
            raise error

        return tried(step)

    assert fails(Failed("no"))[::2] == ("failed", "no")
    assert fails(NotRun("not here"))[::2] == ("not run", "not here")
    assert fails(ValueError("a mistake"))[::2] == ("failed", "ValueError: a mistake")
    said = "error[E0432]: unresolved\npyo3-features-backend: error[PFB140]: the one\nerror: Failed to build `x`\n"
    assert Said(1, "", said, 0).reason == "pyo3-features-backend: error[PFB140]: the one"
    assert Said(-11, "", "", 0).reason == "ended by signal 11"
    assert Said(3, "", "", 0).reason == "exit status 3"


def test_every_step_waits_for_one_that_is_there() -> None:
    steps = [*STEPS, *TRIALS]
    assert set(NEEDS) | {"sdist"} == set(steps)
    assert set(NEEDS.values()) <= set(steps)
    assert set(new.NEEDS.values()) <= set(new.STEPS) and set(new.NEEDS) < set(new.STEPS)


def test_a_project_is_named_as_on_pypi_or_as_its_file_and_an_unknown_one_ends_the_program() -> None:
    assert [project.name for project in chosen(["rpds-py", "bcrypt"])] == ["bcrypt", "rpds_py"]
    with pytest.raises(SystemExit, match="there is no nothing among the projects: adblock, "):
        chosen(["nothing"])


def test_each_sdist_is_listed_once() -> None:
    assert len({(one.name, one.version) for one in new.OLD}) == len(new.OLD)
    assert len({one.name for one in PROJECTS}) == len(PROJECTS)
    assert all(re.fullmatch(r"[0-9a-f]{64}", one.sha256) for one in (*PROJECTS, *new.OLD))


def test_the_tables_say_what_failed_and_what_was_not_run() -> None:
    failed = {"status": "failed", "seconds": 1, "text": "a | b"}
    entry = {
        "key": next(one.key for one in PROJECTS if one.name == "rbloom") + " digest",
        "on": "2026-01-02",
        "steps": {"build": failed},
        "facts": {"lines": "−1 +2", "pyo3": "0.26.0"},
    }
    text = "\n".join(report.projects({"rbloom": entry}, {"3.9": Python("3.9", "")}))
    possible = sum(not one.not_run for one in PROJECTS)
    assert f"1 of {possible} projects have been run, 0 of them without a step that failed." in text
    assert "| rbloom 1.5.4 | 0.26.0 | −1 +2 |" in text and "**build: a \\| b** |" in text
    assert "they were not there: 3.6, 3.7, 3.8, 3.10" in text and "adblock 0.4.4: it needs" in text
    old = {
        "nh3 0.2.18": {
            "key": "1 digest",
            "on": "2026-01-02",
            "steps": {"plain 3.14": failed, "ours 3.14": {**failed, "status": "ok"}},
        }
    }
    table = "\n".join(report.new(old, {}))
    assert "On CPython 3.14, 0 of 1 build and import as published, and 1 with this backend." in table
    assert "| nh3 0.2.18 | 2024-07 | 3.15 | not run | not run | not run | 2026-01-02 |" in table
    other = {**entry, "key": "another version"}
    assert "- ahocorasick-rs, bcrypt, " in text and "rbloom" not in text.partition("Not run:")[2]
    assert "rbloom" in "\n".join(report.projects({"rbloom": other}, {})).partition("Not run:")[2]
    cells = front_ends.table({"uv build: maturin, newest": {"key": "1 digest", "steps": {"try": failed}}})
    assert "| uv build | not run | failed: a / b | not run | not run |" in cells


def test_a_row_is_from_the_last_run_that_tried_it_and_names_no_folder_of_a_machine(tmp_path: Path) -> None:
    file, steps = tmp_path / "results.json", {"build": {"text": f"no {tmp_path}/x"}, "audit": {}}
    first = {"a": {"on": "2026-01-02", "steps": steps}, "b": {"on": "2026-01-02", "steps": {"build": {}}}}
    run = results.Run(tmp_path, 2)
    rows = results.keep("corpus", first, run, file)
    assert list(rows) == ["a"]
    results.keep("corpus", {"b": {"on": "2026-01-02", "steps": steps}}, run, file)
    # Stopped in the middle of a, begun with c, and another b.
    second = {"a": {"on": "2026-02-03", "steps": {"build": {}}}, "b": {"on": "2026-02-03", "steps": steps}}
    rows = results.keep("corpus", {**second, "c": {"on": "2026-02-03", "steps": {}}}, run, file)
    assert {name: row["on"] for name, row in rows.items()} == {"a": "2026-01-02", "b": "2026-02-03"}
    assert rows["a"]["steps"]["build"]["text"] == "no …/x"
    assert results.days(rows) == "2026-01-02 to 2026-02-03"
    assert not results.keep("new", {}, run, file) and results.days({}) == ""
    assert results.keep("corpus", {}, run, file) == rows


class Builder:
    """The part of a run's place that makes wheels; ``fails`` are the (tree, interpreter) that cannot be built."""

    def __init__(self, folder: Path, fails: set[tuple[str, str]]) -> None:
        self.folder, self.fails, self.digest = folder, fails, "one"
        self.tried: list[tuple[str, str]] = []
        (folder / "projects" / PROJECTS[0].name).mkdir(parents=True)

    def wheel(self, tree: Path, out: Path, python: Python) -> Path:
        self.tried.append((tree.name, python.label))
        if (tree.name, python.label) in self.fails:
            raise Failed(f"no wheel of {tree.name}")
        out.mkdir(parents=True)
        wheel = out / "demo-1-cp39-abi3-linux_x86_64.whl"
        with zipfile.ZipFile(wheel, "w") as opened:
            opened.writestr("demo.abi3.so", "")
        return wheel


def job(place: Any, **facts: Any) -> Job:
    labels = {"3.12": Python("3.12", ""), "3.13": Python("3.13", ""), "3.14": Python("3.14", "", ("in", "sid"))}
    labels["3.15"] = Python("3.15", "", ("in", "sid"))
    return Job(place, PROJECTS[0], labels, facts)


def test_what_does_not_build_as_published_either_is_refused_and_not_failed(tmp_path: Path) -> None:
    builder: Any = Builder(tmp_path, {("ours", "3.13"), ("plain", "3.13")})
    at = job(builder, promised=dict.fromkeys(("3.12", "3.13"), "cp39-abi3"), refused={})
    assert steps.build(at) == "1 builds, 1 different wheels, as promised: cp39-abi3"
    assert at.facts["promised"] == {"3.12": "cp39-abi3"}
    assert at.facts["refused"] == {"3.13": "as published, it does not build there either: no wheel of ours"}
    assert builder.tried == [("ours", "3.12"), ("ours", "3.13"), ("plain", "3.13")]


def test_what_builds_as_published_and_not_with_this_backend_has_failed(tmp_path: Path) -> None:
    builder: Any = Builder(tmp_path, {("ours", "3.13")})
    with pytest.raises(Failed, match="no wheel of ours"):
        steps.build(job(builder, promised=dict.fromkeys(("3.12", "3.13"), "cp39-abi3"), refused={}))
    assert builder.tried[-1] == ("plain", "3.13")
    assert not (job(builder).folder / "dist" / "plain-3.13").exists()


def test_an_interpreter_is_at_home_where_the_wheel_was_built(tmp_path: Path) -> None:
    at = job(Builder(tmp_path, set()))
    assert at.is_at_home("3.12", at.pythons["3.13"]) and at.is_at_home("3.14", at.pythons["3.15"])
    assert not at.is_at_home("3.12", at.pythons["3.14"])


def test_a_wheel_is_imported_in_the_system_that_built_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = job(Builder(tmp_path, set()), promised=dict.fromkeys(("3.13", "3.14"), "cp39-abi3"))
    for label in at.facts["promised"]:
        wheel = tmp_path / "projects" / PROJECTS[0].name / "dist" / label / "demo-1-cp39-abi3-linux_x86_64.whl"
        wheel.parent.mkdir(parents=True)
        with zipfile.ZipFile(wheel, "w") as opened:
            opened.writestr("demo.abi3.so", label)
    installed: list[tuple[str, str]] = []

    def install(place: Any, python: Python, wheel: Path, target: Path) -> None:
        installed.append((wheel.parent.name, python.label))
        target.mkdir(parents=True)
        (target / "demo.abi3.so").touch()

    monkeypatch.setattr(imports, "install_apart", install)
    said = Said(0, "demo", "", 0.0)
    monkeypatch.setattr(Builder, "run", lambda self, words, folder: said, raising=False)
    assert imports.imports(at._replace(project=PROJECTS[0]._replace(imports=()))).startswith("imports on 3.12, ")
    assert installed == [("3.13", "3.12"), ("3.13", "3.13"), ("3.14", "3.14"), ("3.14", "3.15")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"floor": "3.9"}', "lowest floor: 3.9"),
        ('{"floor": null}', "lowest floor: none"),
        ('{"problems": [{"message": "cffi is missing"}]}', "cffi is missing"),
        ("Traceback", "the reason"),
    ],
)
def test_what_probe_says_is_kept_or_is_the_reason(
    answer: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Job, "verb", lambda self, *words: (0, answer, "the reason"))
    at = job(Builder(tmp_path, set()))
    if "floor" in answer:
        assert steps._probe(at) == said
    else:
        with pytest.raises(Failed, match=said):
            steps._probe(at)
        assert "probed" not in at.facts
