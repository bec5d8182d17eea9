"""The command that migrates a project: what it shows, asks, writes and refuses."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.backend import requirement
from support.files import write
from support.gated_project import AFTER_CARGO, CARGO, LIB, PYPROJECT, command, gated
from support.migrations import OWN, git, wheels
from support.terminals import rest

pytest.importorskip("tomlkit")
pytest.importorskip("yaml")


AFTER_PYPROJECT = """# the build
[build-system]
requires = ["@", "maturin>=1.5,<2"]  # pinned
build-backend = "pyo3_features_backend"

[project]
name = "gated"
version = "1.0"
requires-python = ">=3.8"

[tool.pyo3-features-backend]
abi3-crate-features = ["limited"]

[tool.uv]
cache-keys = [
    { file = "pyproject.toml" },
    { file = "Cargo.toml" },
    { file = "src/**/*.rs" },
]
""".replace("@", requirement())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return gated(tmp_path)


def asked(project: Path, answer: str) -> tuple[int, str]:
    """Run migrate in a terminal, with an answer; (exit status, what it says)."""
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "pyo3_features_backend", "migrate", "-C", str(project)])
    os.write(terminal, answer.encode())
    said = rest(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


def texts(project: Path) -> dict[str, bytes]:
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_what_is_written_is_this_and_nothing_the_second_time(project: Path) -> None:
    result = command(project, "--yes")
    assert result.returncode == 0, result.stderr
    assert (project / "pyproject.toml").read_text() == AFTER_PYPROJECT
    assert (project / "Cargo.toml").read_text() == AFTER_CARGO
    before = texts(project)
    again = command(project, "--yes")
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to change" in again.stderr
    assert texts(project) == before
    assert "Cargo.lock" not in before


def test_line_ends_and_what_has_none_stay(project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace("\n", "\r\n"), "Cargo.toml": CARGO.rstrip("\n")})
    assert command(project, "--yes").returncode == 0
    assert (project / "pyproject.toml").read_bytes() == AFTER_PYPROJECT.replace("\n", "\r\n").encode()
    assert (project / "Cargo.toml").read_text() == AFTER_CARGO.rstrip("\n")


def test_the_diff_alone_goes_to_stdout_and_git_applies_it(project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.rstrip("\n"), "Cargo.toml": CARGO.replace("\n", "\r\n")})
    before = texts(project)
    shown = subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "migrate", "-C", str(project), "--diff"],
        capture_output=True,
        check=False,
    )
    assert (shown.returncode, texts(project)) == (0, before)
    subprocess.run(["git", "apply"], input=shown.stdout, check=True, cwd=project)
    assert (project / "pyproject.toml").read_text() == AFTER_PYPROJECT
    assert (project / "Cargo.toml").read_bytes() == AFTER_CARGO.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(("answer", "status"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
def test_in_a_terminal_it_shows_asks_and_does_what_it_is_told(answer: str, status: int, project: Path) -> None:
    before = texts(project)
    code, said = asked(project, answer)
    assert code == status, said
    assert "Write these 2 files? [y/N]" in said
    assert "build-backend" in said
    assert (texts(project) == before) == bool(status)


def test_without_a_terminal_somebody_has_to_say_yes(project: Path) -> None:
    before = texts(project)
    result = command(project)
    assert result.returncode == 2
    assert "help: use --yes to write without asking, or --diff to only show it\n" in result.stderr
    assert texts(project) == before


def test_the_wheel_before_is_the_delegates_own(project: Path) -> None:
    assert wheels(command(project, "--diff").stderr) == ["cp39-abi3", "cp39-abi3"]
    manifest = CARGO.replace('"abi3-py39", ', "").replace('["pyo3/abi3"]', "[]")
    write(project, {"Cargo.toml": manifest})
    said = command(project, "--diff").stderr
    assert wheels(said) == [f"{OWN}-{OWN}", "cp39-abi3"]
    assert "note: the wheel becomes a stable-ABI wheel: the code may use only the limited API of 3.9" in said
    write(project, {"Cargo.toml": CARGO.replace("abi3-py39", "abi3")})
    assert wheels(command(project, "--diff").stderr) == [f"{OWN}-abi3", "cp39-abi3"]


def test_a_narrower_wheel_is_told(project: Path) -> None:
    own = '\n[tool.pyo3-features-backend]\nabi3 = "off"\n'
    write(project, {"pyproject.toml": PYPROJECT + own})
    said = command(project, "--diff").stderr
    assert f"warning: the wheel was for every Python from 3.9 on, and will be for one ({OWN}-{OWN})" in said


def test_work_that_is_not_committed_is_not_written_over(project: Path) -> None:
    git(project, "init")
    git(project, "add", "src", "pyproject.toml")
    git(project, "commit", "-m", "first")
    unknown = command(project, "--yes")
    assert (unknown.returncode, "uncommitted changes: Cargo.toml\n" in unknown.stderr) == (1, True)
    git(project, "add", ".")
    git(project, "commit", "-m", "second")
    write(project, {"src/lib.rs": LIB + "// new\n", "untracked": ""})
    before = texts(project)
    dirty = command(project, "--yes")
    assert (dirty.returncode, "uncommitted changes: src/lib.rs\n" in dirty.stderr) == (1, True)
    assert "--allow-dirty" in dirty.stderr
    assert texts(project) == before
    assert command(project, "--diff").returncode == 0
    assert command(project, "--yes", "--allow-dirty").returncode == 0
    assert (project / "pyproject.toml").read_text() == AFTER_PYPROJECT


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pyproject.toml": PYPROJECT.replace('"maturin"\n', '"hatchling.build"\n')}, "pyproject.toml:4: the build"),
        (
            {
                "pyproject.toml": PYPROJECT.replace('"maturin"\n', '"own"\nbackend-path = ["tools"]\n'),
                "tools/own.py": "import os\nfrom maturin import *\n",
            },
            "tools/own.py:2: 'own' is a build backend in the project itself",
        ),
        (
            {"pyproject.toml": PYPROJECT.replace('"maturin"\n', '"setuptools.build_meta"\n').replace("maturin>", "x>")},
            "pyproject.toml:4: this setuptools project declares no Rust extension",
        ),
        ({"Cargo.toml": "[package\n"}, "Cargo.toml:1: not valid TOML"),
    ],
)
def test_what_cannot_be_migrated_is_refused_with_its_place(files: dict[str, str], said: str, project: Path) -> None:
    write(project, files)
    before = texts(project)
    result = command(project, "--yes")
    assert (result.returncode, said in result.stderr, "help:" in result.stderr) == (1, True, True), result.stderr
    assert texts(project) == before


def test_yes_does_not_go_on_without_a_plan(project: Path) -> None:
    write(project, {"Cargo.toml": CARGO.replace('version = "0.30"', 'version = "0.0.1"')})
    before = texts(project)
    result = command(project, "--yes")
    assert (result.returncode, "a narrower wheel would go unnoticed" in result.stderr) == (1, True)
    assert texts(project) == before
    assert asked(project, "y\n")[0] == 0


def test_tomlkit_that_is_missing_is_told(project: Path) -> None:
    code = (
        "import sys; sys.modules['tomlkit'] = None; from pyo3_features_backend.cli import main;"
        f"sys.exit(main(['migrate', '-C', {str(project)!r}, '--diff']))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'pyo3-features-backend[cli]'" in result.stderr


WORKFLOW = """jobs:
  wheels:
    steps:
      - run: maturin build -i python3.13 --release
      - uses: PyO3/maturin-action@v1
        with:
          args: --out dist
      - run: maturin develop
"""


@pytest.fixture
def with_ci(project: Path) -> Path:
    return write(project, {".github/workflows/ci.yml": WORKFLOW})


def test_lines_of_ci_that_lose_abi3_are_shown_with_what_to_write(with_ci: Path) -> None:
    shown = command(with_ci, "--diff")
    assert shown.returncode == 0
    assert ".github" not in shown.stdout
    assert f"call maturin directly and build {OWN}-{OWN}, not the cp39-abi3 of the plan:\n" in shown.stderr
    assert (
        "  .github/workflows/ci.yml:4: - run: maturin build -i python3.13 --release\n"
        "  +       - run: maturin build $(pyo3-features args --python python3.13) --release\n"
        "  .github/workflows/ci.yml:5: - uses: PyO3/maturin-action@v1\n"
        "  before it:\n"
        "  +       - id: plan\n"
        "  +         shell: bash\n"
        '  +         run: echo "args=$(pyo3-features args)" >> "$GITHUB_OUTPUT"\n'
        "  in its `with:`:\n"
        "  +           args: --out dist ${{ steps.plan.outputs.args }}\n"
    ) in shown.stderr
    assert "note[PFB271]: `maturin develop` does not use the backend: .github/workflows/ci.yml:8\n" in shown.stderr


def test_interpreters_that_need_flags_of_their_own_are_listed(with_ci: Path) -> None:
    ci = with_ci / ".github/workflows/ci.yml"
    ci.write_text(
        "on: push\nx:\n  run: |\n    maturin build -i 3.11 3.14t 3.15t pypy3.11\n    maturin build -i 3.14t 3.15t\n"
    )
    rest = "call maturin for each: they need other flags (pyo3-features args --python ...)\n"
    assert (
        f"    leave out 3.14t, 3.15t and pypy3.11, and {rest}"
        "  .github/workflows/ci.yml:5: maturin build -i 3.14t 3.15t\n"
        f"    3.14t and 3.15t: {rest}"
    ) in command(with_ci, "--diff").stderr


def test_the_next_step_names_the_probe_where_the_wheel_is_for_a_stable_abi(project: Path) -> None:
    probe = "; `pyo3-features probe` tests whether the code needs more than the limited API"
    crate = '[package]\nname = "c"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n'
    metadata = '[build-system]\nrequires = ["maturin>=1.5,<2"]\nbuild-backend = "maturin"\n[project]\nname = "c"\n'
    files = {"Cargo.toml": crate, "src/lib.rs": "", "pyproject.toml": f'{metadata}version = "1.0"\n'}
    without = write(project.parent / "without", files)
    for root, end in ((project, probe), (without, "")):
        assert f"  next: build a wheel and import it{end}\n" in command(root, "--yes").stderr


def test_a_migrated_project_is_not_called_done_while_ci_goes_past_the_backend(with_ci: Path) -> None:
    assert command(with_ci, "--yes").returncode == 0
    assert (with_ci / ".github/workflows/ci.yml").read_text() == WORKFLOW
    again = command(with_ci, "--yes")
    assert "the project uses this backend already; the notes above say what to change by hand\n" in again.stderr
    assert "call maturin directly" in again.stderr
    (with_ci / ".github/workflows/ci.yml").write_text("jobs: [\n")
    again = command(with_ci, "--yes")
    assert "ci.yml:2: not YAML: " in again.stderr
    assert "the notes above say what to change by hand" in again.stderr
