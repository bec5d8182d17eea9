"""``check``: each finding on a small project, with its place; nothing is compiled."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend import cli
from pyo3_features_backend.author.checks import check
from pyo3_features_backend.author.sources.rust_sources import glob
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.model.codes import CHECK, CODES
from pyo3_features_backend.model.problem import Problem
from support.examples import EXAMPLES, ROOT, example
from support.files import replace
from support.setuptools_project import SETUP
from support.targets import cpython_here

OWN = ("pyproject.toml", "Cargo.toml")


def found(root: Path, code: str, python: str | None = "3.12", environ: dict[str, str] | None = None) -> list[Problem]:
    problems = check(root, cpython_here(python) if python else None, environ or {})
    return [problem for problem in problems if problem.code == code]


def codes(root: Path) -> list[str]:
    return sorted(problem.code for problem in check(root, cpython_here("3.12"), {}))


def the(
    root: Path, code: str, place: str, *words: str, beside: str = "", environ: dict[str, str] | None = None
) -> None:
    """The one finding with a code, its place (``Cargo.toml:14``) and words of its message.

    ``beside`` are the codes of all other findings: there must be no more and no fewer.
    """
    (problem,) = found(root, code, environ=environ)
    assert str(problem.place) == place
    for word in words:
        assert word in problem.message
    assert problem.hint
    assert code not in CODES or problem.severity == CODES[code].severity
    if environ is None:
        assert codes(root) == sorted([code, *beside.split()])


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """examples/hello with cache keys: a project without a finding."""
    root = example("hello", tmp_path)
    with (root / "pyproject.toml").open("a") as file:
        file.write(
            '\n[tool.uv]\ncache-keys = [{ file = "*.toml" }, { file = "Cargo.lock" }, { file = "src/**/*.rs" }]\n'
        )
    return root


def add(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        stream.write(text)


def line(file: Path, text: str) -> str:
    """``pyproject.toml:3`` of the first line that holds a text."""
    numbers = [number for number, row in enumerate(file.read_text().splitlines(), 1) if text in row]
    return f"{file.name}:{numbers[0]}"


# --- the whole ---


def test_a_project_in_order_has_no_finding(hello: Path) -> None:
    assert check(hello, cpython_here("3.12"), {}) == []


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_our_examples_have_no_error_and_stay_as_they_are(name: str, tmp_path: Path) -> None:
    root = example(name, tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert [problem for problem in check(root, environ={}) if problem.severity == "error"] == []
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_the_command_prints_each_finding_with_its_code_a_count_and_the_status(hello: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyo3_features_backend", "check", "-C", str(hello), *words],
            capture_output=True,
            text=True,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYO3")},
        )

    clean = run()
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "no problem found\n", "")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.7"')
    said = run()
    assert (said.returncode, said.stderr) == (0, "")
    assert re.search(r"^pyo3-features-backend: warning: pyproject\.toml:8: .* \[PFB243\]\n  help: ", said.stdout, re.M)
    replace(hello / "pyproject.toml", "[project]", "[project")
    broken = run("--json")
    assert broken.returncode == 1
    (problem,) = json.loads(broken.stdout)["problems"]
    assert problem == {**problem, "code": "PFB220", "severity": "error", "file": "pyproject.toml", "line": 5}
    assert set(problem) == {"code", "severity", "message", "file", "line", "hint"}
    assert run().stdout.endswith("\n1 error\n")


def test_every_code_is_documented_once_and_every_documented_code_is_known() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    documented = re.findall(r"^### (PFB\d+): (.+) \((error|warning)\)$", text, re.MULTILINE)
    assert documented == [(code, one.title, one.severity) for code, one in CHECK.items()]
    package = Path(cli.__file__).parent.parent
    used = {
        code
        for file in package.rglob("*.py")
        if file.name != "codes.py"
        for code in re.findall(r"PFB\d{3}", file.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


def test_the_page_of_the_other_problems_is_made_of_their_codes() -> None:
    tool = ROOT / "tools" / "problems_reference.py"
    result = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    titles = [one.title for one in CODES.values()]
    assert len(titles) == len(set(titles)), "two codes mean the same"


def test_the_pre_commit_hook_runs_for_the_files_that_are_read() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    keys = dict(re.findall(r"^[ -] (\w+): (.+)$", text, re.MULTILINE))
    assert (keys["id"], keys["language"], keys["pass_filenames"]) == ("pyo3-features-check", "python", "false")
    program, verb = keys["entry"].split()
    scripts = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project.scripts]")[2]
    assert scripts.lstrip().startswith(f'{program} = "pyo3_features_backend.cli:main"')
    assert verb in cli.VERBS
    pattern = re.compile(re.sub(r"(?m)^    ", "", text.partition("files: |\n")[2]))
    read = "pyproject.toml Cargo.toml rust/Cargo.toml Cargo.lock setup.py setup.cfg .cargo/config.toml .cargo/config "
    read += ".github/workflows/ci.yml .github/actions/build/action.yaml .forgejo/workflows/a.yml .gitlab-ci.yml "
    read += ".circleci/config.yml .cirrus.yml .woodpecker.yml azure-pipelines.yml tox.ini noxfile.py Makefile "
    read += "rust/build.rs makefile GNUmakefile justfile Justfile .justfile"
    for name in read.split():
        assert pattern.search(name), name
    for name in ("src/lib.rs", "README.md", "docs/pyproject.toml.md", "tests/my_setup.py", "x/.github/workflows/a.yml"):
        assert not pattern.search(name), name


def test_a_folder_without_a_project_is_an_error_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"there is no pyproject\.toml"):
        check(tmp_path)


# --- what cannot be read, and who builds ---


def test_a_broken_manifest_is_a_finding_and_the_other_checks_go_on(hello: Path) -> None:
    add(hello / "Cargo.toml", "[dependencies\n")
    add(hello / "Makefile", "dev:\n\tmaturin develop\n")
    the(hello, "PFB220", "Cargo.toml:12", "not valid TOML", beside="PFB271")
    the(hello, "PFB271", "Makefile:2", beside="PFB220")


def test_without_cargo_the_declarations_are_checked_all_the_same(hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.7"')
    replace(hello / "pyproject.toml", "src/**/*.rs", "rust/**/*.rs")
    (problem,) = found(hello, "PFB220")
    assert (problem.message, problem.place) == ("cargo is not installed", None)
    the(hello, "PFB243", "pyproject.toml:8", beside="PFB220 PFB272")
    the(hello, "PFB272", line(hello / "pyproject.toml", "cache-keys"), "src/lib.rs", beside="PFB220 PFB243")


def test_a_specifier_that_is_none_is_a_finding_with_its_line(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = "3.9+"')
    the(hello, "PFB220", "pyproject.toml:8", "not a version specifier")


def test_a_project_with_another_backend_is_told_so(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'build-backend = "pyo3_features_backend"', 'build-backend = "maturin"')
    the(hello, "PFB221", "pyproject.toml:3", "build-backend is 'maturin'")


# --- hard-coded features ---

SAME = "requires-python gives the same floor"


@pytest.mark.parametrize(
    ("manifest", "place", "code", "words"),
    [
        ('pyo3 = { version = "0.30", features = ["abi3-py39"] }', 11, "PFB230", SAME),
        ('pyo3 = { version = "0.30", features = [\n"abi3",\n] }', 12, "PFB230", "remove it"),
        ('pyo3 = { version = "0.30", features = ["extension-module"] }', 11, "PFB231", "remove it"),
        ('pyo3 = "0.30"\n[features]\ndefault = ["x"]\nx = [\n"pyo3/abi3-py39"]', 15, "PFB230", "write x = []"),
        ('pyo3 = "0.30"\n[features]\nx = ["pyo3/abi3-py39"]', 13, "PFB233", 'abi3-crate-features = ["x"]'),
        ('pyo3 = "0.30"\n[features]\ndefault = ["x"]\nx = ["pyo3/extension-module"]', 14, "PFB231", "write x = []"),
        ('pyo3 = "0.30"\n[features]\nx = ["pyo3/extension-module"]', None, "PFB231", ""),
        (
            'pyo3 = "0.30"\n[target."cfg(unix)".dependencies]\npyo3 = { version = "0.30", features = ["abi3-py310"] }',
            13,
            "PFB230",
            'set abi3 = "3.10" in [tool.pyo3-features-backend] if the code needs that floor',
        ),
        ('py = { package = "pyo3", version = "0.30", features = ["abi3-py39"] }', 11, "PFB230", SAME),
    ],
)
def test_a_feature_that_is_hard_coded_in_cargo_toml(
    hello: Path, manifest: str, place: int | None, code: str, words: str
) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', manifest)
    problems = found(hello, code)
    assert [str(problem.place) for problem in problems] == ([f"Cargo.toml:{place}"] if place else [])
    for problem in problems:
        assert problem.hint
        assert words in problem.hint
    assert codes(hello) == sorted([code] * len(problems) + ["PFB132"] * ("abi3-py310" in manifest))  # above 3.9


def test_a_feature_that_is_hard_coded_for_the_workspace(hello: Path) -> None:
    workspace = '[workspace.dependencies]\npyo3 = { version = "0.30", features = ["abi3-py39"] }\n'
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"\n', f"pyo3.workspace = true\n\n[workspace]\n{workspace}")
    the(hello, "PFB230", "Cargo.toml:15", "abi3-py39 is hard-coded in the dependency of hello-pyo3")


def test_a_feature_that_is_hard_coded_in_the_delegates_table(hello: Path) -> None:
    text = '\n[tool.maturin]\nfeatures = ["pyo3/extension-module", { feature = "pyo3/abi3-py310", '
    add(hello / "pyproject.toml", text + 'python-version = ">=3.10" }]\n')
    place = line(hello / "pyproject.toml", "features = [")
    the(hello, "PFB231", place, "[tool.maturin]: the backend decides it", beside="PFB230 PFB242")
    the(hello, "PFB230", place, "abi3-py310 is hard-coded in [tool.maturin]", beside="PFB231 PFB242")


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("setup.cfg", "[bdist_wheel]\npy_limited_api = cp310\n", 2, "py_limited_api = cp310 is hard-coded"),
        ("pyproject.toml", '\n[tool.distutils.bdist_wheel]\npy-limited-api = "cp39"\n', None, "py_limited_api = cp39"),
        (
            "setup.py",
            "from setuptools import setup\nsetup(\n  options={'bdist_wheel': {'py_limited_api': 'cp39'}},\n)\n",
            3,
            "py_limited_api = cp39",
        ),
    ],
)
def test_py_limited_api_that_is_given_by_hand(
    tmp_path: Path, name: str, text: str, place: int | None, words: str
) -> None:
    root = example("setuptools", tmp_path)
    add(root / name, text)
    floor = "PFB242 " if "cp310" in text else ""  # above requires-python's
    the(
        root,
        "PFB232",
        f"{name}:{place}" if place else line(root / name, "py-limited-api"),
        words,
        beside=f"{floor}PFB272",
    )


def test_what_setup_py_computes_is_found_too(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', "")
    add(
        root / "setup.py",
        "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
        'floor = "39"\n'
        'setup(rust_extensions=[RustExtension("mixed._native", features=["pyo3/abi3-py" + floor],\n'
        "py_limited_api=True)])\n",
    )
    the(root, "PFB230", "setup.py", "abi3-py39 is hard-coded in extension mixed._native", beside="PFB232 PFB272")
    the(root, "PFB232", "setup.py:4", "py_limited_api is hard-coded", beside="PFB230 PFB272")


def test_a_hard_coded_feature_that_contradicts_a_setting_is_the_plans_error(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py39"] }')
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "3.10"\n')
    problems = check(hello, cpython_here("3.12"), {})
    assert [(problem.code, problem.severity) for problem in problems][:2] == [
        ("PFB121", "error"),
        ("PFB230", "warning"),
    ]


# --- versions ---


def test_a_project_without_requires_python_is_told_once(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', "")
    codes = [problem.code for problem in check(hello, cpython_here("3.12"), {})]
    assert codes == ["PFB130"]
    add(hello / "pyproject.toml", "[tool.pyo3-features-backend.overrides]\n")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend.overrides]\n", "")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "off"\n')
    codes = [problem.code for problem in check(hello, cpython_here("3.12"), {})]
    assert codes == ["PFB240"]


@pytest.mark.parametrize(
    ("floor", "requires", "code"),
    [
        ("3.10", ">=3.9", "PFB242"),
        ("3.9", ">=3.10", "PFB241"),
        ("3.10", ">=3.10", None),
        ("3.10", "~=3.10.2", None),
        ("off", ">=3.9", None),
    ],
)
def test_a_floor_that_is_not_requires_pythons_lower_bound(
    hello: Path, floor: str, requires: str, code: str | None
) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', f'requires-python = "{requires}"')
    add_to_own = f'[tool.pyo3-features-backend]\nabi3 = "{floor}"\n'
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", add_to_own)
    problems = check(hello, cpython_here("3.12"), {})
    assert [problem.code for problem in problems] == ([code] if code else [])
    if code:
        assert str(problems[0].place) == line(hello / "pyproject.toml", "abi3 =")


def test_a_hard_coded_floor_above_requires_python_is_an_error_on_the_lowest_python(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py311"] }')
    the(hello, "PFB132", "Cargo.toml:11", "CPython 3.9 is below the floor 3.11", beside="PFB230")
    assert codes(hello) == ["PFB132", "PFB230"]
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.7"')
    the(hello, "PFB132", "Cargo.toml:11", "CPython 3.9 is below the floor 3.11", beside="PFB230 PFB243 PFB244")


def test_the_lowest_python_is_known_from_setup_py_too(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    (root / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "pyo3_features_backend"\n')
    keywords = (
        'name="mixed", version="1", package_dir={"": "python"}, packages=["mixed"], \n    python_requires=">=3.10"'
    )
    (root / "setup.py").write_text(SETUP.format(extension="", keywords=keywords))
    replace(root / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py311"] }')
    the(root, "PFB132", "Cargo.toml:11", "CPython 3.10 is below the floor 3.11", beside="PFB230 PFB272")
    replace(root / "setup.py", ">=3.10", ">=3.8")
    the(root, "PFB243", "setup.py:8", "promises 3.8", beside="PFB132 PFB230 PFB244 PFB272")


def test_requires_python_below_the_backends_own_pythons(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.8"')
    the(hello, "PFB243", "pyproject.toml:8", "promises 3.8", "Python 3.9 and later", beside="PFB131")
    the(hello, "PFB131", "pyproject.toml:8", "promises more than pyo3 0.30", beside="PFB243")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "off"\n')
    the(hello, "PFB244", "pyproject.toml:8", "PyO3 0.30.1 supports Python 3.9 and later", beside="PFB243")


def test_the_running_python_is_not_asked_about_where_the_project_does_not_support_it(hello: Path) -> None:
    major, minor = sys.version_info[:2]
    replace(
        hello / "Cargo.toml",
        'pyo3 = "0.30"',
        f'pyo3 = {{ version = "0.30", features = ["abi3-py{major}{minor + 1}"] }}',
    )
    assert [problem.code for problem in found(hello, "PFB132", python=None)] == ["PFB132"]
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', f'requires-python = ">={major}.{minor + 1}"')
    assert found(hello, "PFB132", python=None) == []


CLASSIFIERS = """classifiers = [
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.8",
    "Programming Language :: Python :: 3.9",
    "Programming Language :: Python :: 3.16",
    "Programming Language :: Python :: Free Threading :: 2 - Beta",
    "Programming Language :: Python :: Implementation :: PyPy",
    "Programming Language :: Python :: Implementation :: GraalPy",
]
"""


def test_classifiers_against_requires_python_and_what_pyo3_supports(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', f'requires-python = ">=3.9"\n{CLASSIFIERS}')
    the(hello, "PFB245", "pyproject.toml:11", "3.8 contradicts requires-python >=3.9")
    assert codes(hello) == ["PFB245"]
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.9,<3.11"')
    assert [str(problem.place) for problem in found(hello, "PFB245")] == ["pyproject.toml:11", "pyproject.toml:13"]
    threaded, pypy = found(hello, "PFB246")
    assert (str(threaded.place), str(pypy.place)) == ("pyproject.toml:14", "pyproject.toml:15")
    assert "PyPy, but PyO3 0.30.1 supports it from Python 3.11 on, and requires-python is >=3.9,<3.11" in pypy.message


def test_a_classifier_for_a_python_that_pyo3_does_not_know_is_tried_on_the_plan(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', f'requires-python = ">=3.9"\n{CLASSIFIERS}')
    assert codes(hello) == ["PFB245"]
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "off"\n')
    (problem,) = found(hello, "PFB141")
    assert "CPython 3.16" in problem.message


def test_classifiers_of_setup_cfg_count_where_pyproject_has_none(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    add(root / "setup.cfg", "[metadata]\nclassifiers =\n    Programming Language :: Python :: 3.8\n")
    the(root, "PFB245", "setup.cfg:3", beside="PFB272")


# --- the crate graph ---


def test_two_versions_of_pyo3_are_an_error(hello: Path) -> None:
    add(hello / "Cargo.toml", 'old = { package = "pyo3", version = "=0.13.2" }\n')
    the(hello, "PFB250", "Cargo.toml:11", "2 versions of pyo3: 0.13.2, 0.30.")


def test_pyo3_build_config_at_another_version(hello: Path) -> None:
    add(hello / "Cargo.toml", '\n[build-dependencies]\npyo3-build-config = "0.29"\n')
    the(hello, "PFB251", "Cargo.toml:14", "pyo3-build-config 0.29", "next to PyO3 0.30.1", beside="PFB253")
    replace(hello / "Cargo.toml", '"0.29"', '"0.30"')
    assert codes(hello) == ["PFB253"]


def test_a_missing_lock_file_is_a_finding_and_none_is_written(hello: Path) -> None:
    (hello / "Cargo.lock").unlink()
    the(hello, "PFB252", "Cargo.lock")
    assert not (hello / "Cargo.lock").exists()


def test_a_lock_file_that_disagrees_is_a_finding_and_stays_as_it_is(hello: Path) -> None:
    before = (hello / "Cargo.lock").read_bytes()
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = "0.29"')
    the(hello, "PFB253", "Cargo.lock", "not up to date with Cargo.toml")
    assert (hello / "Cargo.lock").read_bytes() == before
    add(hello / "pyproject.toml", "\n[tool.maturin]\nlocked = true\n")
    the(hello, "PFB254", "Cargo.lock", "locked or frozen")
    assert codes(hello) == ["PFB254"]


def test_a_feature_that_pyo3_does_not_have_is_an_error_with_its_line(hello: Path) -> None:
    add(hello / "Cargo.toml", '\n[features]\nlimited = ["pyo3/abi3-py38"]\n')
    the(hello, "PFB255", "Cargo.toml:14", "pyo3 0.30.1 has no feature 'abi3-py38'", beside="PFB230")
    (problem,) = found(hello, "PFB255")
    assert problem.hint
    assert "PyO3 0.29.3 was the last release with it" in problem.hint


def test_a_feature_that_a_later_pyo3_drops(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = "0.29"')
    (hello / "Cargo.lock").unlink()
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.8"')
    the(hello, "PFB256", "pyproject.toml:8", "the floor 3.8", "0.30 has no abi3-py38", beside="PFB243 PFB252")
    add(hello / "Cargo.toml", '\n[features]\nlimited = ["pyo3/abi3-py38"]\n')
    the(hello, "PFB256", "Cargo.toml:14", "the feature abi3-py38, PyO3 0.30 does not", beside="PFB233 PFB243 PFB252")
    replace(hello / "Cargo.toml", '"pyo3/abi3-py38"', "")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "3.8"\n')
    the(
        hello,
        "PFB256",
        line(hello / "pyproject.toml", "abi3 ="),
        "the floor 3.8 (abi3 = '3.8')",
        beside="PFB243 PFB252",
    )


def test_the_crates_of_a_workspace_that_setuptools_builds_are_all_looked_at(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    for name in ("one", "two"):
        add(root / "crates" / name / "src" / "lib.rs", "")
        version = "0.30" if name == "one" else "0.29"
        text = (root / "Cargo.toml").read_text().replace('name = "mixed"', f'name = "{name}"')
        text = text.replace('name = "_native"', f'name = "_{name}"')
        add(root / "crates" / name / "Cargo.toml", f'{text}\n[build-dependencies]\npyo3-build-config = "{version}"\n')
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n')
    declared = "".join(
        f'[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._{name}"\npath = "crates/{name}/Cargo.toml"\n'
        for name in ("one", "two")
    )
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', declared)
    the(root, "PFB251", "crates/two/Cargo.toml:14", "crate two", beside="PFB253 PFB272")
    (keys,) = found(root, "PFB272")
    assert keys.hint
    assert '{ file = "crates/one/src/**/*.rs" }, ' in keys.hint
    assert '{ file = "crates/two/src/**/*.rs" }, ' in keys.hint
    assert [str(problem.place) for problem in found(root, "PFB253")] == ["Cargo.lock"]


def test_a_setup_py_that_computes_the_crates_path_is_run(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    (root / "src").rename(root / "elsewhere")
    (root / "crate").mkdir()
    for name in ("Cargo.toml", "Cargo.lock"):
        (root / name).rename(root / "crate" / name)
    (root / "elsewhere").rename(root / "crate" / "src")
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', "")
    add(
        root / "setup.py",
        "import os\nfrom setuptools import setup\nfrom setuptools_rust import RustExtension\n"
        'setup(rust_extensions=[RustExtension("mixed._native", os.path.join("crate", "Cargo.toml"))])\n',
    )
    add(root / "crate" / "Cargo.toml", '\n[build-dependencies]\npyo3-build-config = "0.29"\n')
    the(
        root,
        "PFB251",
        line(root / "crate" / "Cargo.toml", "pyo3-build-config").replace("Cargo", "crate/Cargo"),
        beside="PFB253 PFB272",
    )
    the(root, "PFB253", "crate/Cargo.lock", beside="PFB251 PFB272")


# --- the environment ---


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"PYO3_PYTHON": "/none/python3"}, "PFB261"),
        ({"PYO3_PYTHON": sys.executable}, None),
        ({"PYO3_PYTHON": ""}, None),
        ({"PYO3_PRINT_CONFIG": "1"}, "PFB261"),
        ({"PYO3_CONFIG_FILE": "/some/file"}, "PFB260"),
        ({"PYO3_CROSS_LIB_DIR": "/lib"}, "PFB261"),
        ({"PYO3_CROSS_LIB_DIR": "/lib", "CARGO_BUILD_TARGET": "aarch64-unknown-linux-gnu"}, "PFB260"),
        ({"PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "1"}, "PFB260"),
        ({"PYO3_ENVIRONMENT_SIGNATURE": "x"}, None),
        ({"PYO3_FEATURES_BACKEND_ABI3": "off"}, None),
    ],
)
def test_a_variable_of_the_environment(hello: Path, environ: dict[str, str], code: str | None) -> None:
    problems = check(hello, cpython_here("3.12"), environ)
    assert [problem.code for problem in problems] == ([code] if code else [])
    for problem in problems:
        assert str(problem.place) == f"${next(iter(environ))}"


def test_a_variable_that_stops_builds_does_not_stop_the_other_checks(
    hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYO3_PYTHON", "/none/python3")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.10"')
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "3.9"\n')
    assert [problem.code for problem in check(hello)] == ["PFB261", "PFB241"]
    assert os.environ["PYO3_PYTHON"] == "/none/python3"


def test_a_setting_in_the_environment_counts(hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_ABI3", "off")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', "")
    assert [problem.code for problem in check(hello)] == ["PFB240"]


@pytest.mark.parametrize(
    ("entry", "overrides"),
    [
        ('PYO3_PYTHON = "python3.9"', False),
        ('PYO3_PYTHON = { value = "python3.9", force = true }', True),
        ('PYO3_BUILD_EXTENSION_MODULE = "1"', False),
        ('PYO3_CONFIG_FILE = { value = "pyo3.txt", relative = true }', True),
        ('PYO3_ENVIRONMENT_SIGNATURE = "x"', False),
        ('OTHER = "1"', False),
    ],
)
def test_cargos_configuration(hello: Path, entry: str, overrides: bool) -> None:
    add(hello / ".cargo" / "config.toml", f"[build]\nrustflags = []\n\n[env]\n{entry}\n")
    if overrides:
        the(hello, "PFB262", ".cargo/config.toml:5", entry.split()[0])
    else:
        assert codes(hello) == []


def test_what_the_env_verb_writes_for_cargo_is_no_finding(hello: Path) -> None:
    words = [sys.executable, "-m", "pyo3_features_backend", "env", "--format", "cargo-config", "-C", str(hello)]
    written = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "PYO3_PYTHON" in written
    add(hello / ".cargo" / "config.toml", written)
    assert codes(hello) == []


def test_a_broken_cargo_configuration_has_its_own_line(hello: Path) -> None:
    add(hello / ".cargo" / "config.toml", "[env\n")
    assert [str(problem.place) for problem in found(hello, "PFB220")][-1] == ".cargo/config.toml:1"


# --- automation ---

WORKFLOW = """name: maturin build
jobs:
  wheels:
    steps:
      - uses: actions/checkout@v6
      - name: maturin build of the wheels
        uses: PyO3/maturin-action@v1
        with:
          args: --release
      - uses: PyO3/maturin-action@v1
        with:
          command: sdist
      # - uses: PyO3/maturin-action@v1
      - name: upload
        uses: "PyO3/maturin-action@0123456"
        with:
          command: upload
          args: --non-interactive
      - run: |
          maturin sdist
          python -m maturin \\
            build --release
      - run: maturin build $(pyo3-features args)
      - run: cargo test
"""


def test_a_workflow_that_builds_with_maturin_is_told_with_every_line(hello: Path) -> None:
    add(hello / ".github" / "workflows" / "ci.yml", WORKFLOW)
    the(hello, "PFB270", ".github/workflows/ci.yml:7", "here and on line 21,")
    assert codes(hello) == ["PFB270"]


def test_a_workflow_that_takes_its_flags_from_us_is_in_order(hello: Path) -> None:
    add(
        hello / ".github" / "workflows" / "ci.yaml",
        "jobs:\n  wheels:\n    steps:\n      - id: plan\n"
        '        run: echo "args=$(pyo3-features args)" >> "$GITHUB_OUTPUT"\n'
        "      - uses: PyO3/maturin-action@v1\n        with:\n"
        "          args: --release ${{ steps.plan.outputs.args }}\n",
    )
    assert check(hello, cpython_here("3.12"), {}) == []
    replace(hello / ".github" / "workflows" / "ci.yaml", "run: echo", "run: true # echo")
    the(hello, "PFB270", ".github/workflows/ci.yaml:6")


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("tox.ini", "[testenv]\ncommands =\n    maturin develop --release\n", 3),
        ("noxfile.py", 'def t(session):\n    session.run("maturin", "develop")\n', 2),
        ("noxfile.py", 'def t(session):\n    session.run(\n        "maturin",\n        "develop",\n    )\n', 3),
        ("Makefile", "dev:\n\t# maturin develop\n\tuv run maturin develop --uv\n", 3),
        ("justfile", "dev:\n  maturin -v dev\n", 2),
        (".gitlab-ci.yml", "test:\n  script:\n    - maturin develop\n", 3),
        (".github/workflows/t.yml", "steps:\n- uses: PyO3/maturin-action@v1\n  with:\n    command: develop\n", 2),
        ("pyproject.toml", '\n[tool.poe.tasks]\ndev = "maturin develop"\n', 17),
        ("Makefile", "dev:\n\t@echo now maturin develop\n", None),
        ("Makefile", "dev:\n\tmaturin develop-docs\n\tpip install maturin\n", None),
    ],
)
def test_maturin_develop_is_found_where_it_is_called(hello: Path, name: str, text: str, place: int | None) -> None:
    add(hello / name, text)
    if place:
        the(hello, "PFB271", f"{name}:{place}")
    else:
        assert codes(hello) == []


def test_publishing_with_maturin_is_building_with_it(hello: Path) -> None:
    add(hello / ".gitlab-ci.yml", "wheels:\n  script:\n    - maturin publish -i python3.12\n")
    the(hello, "PFB270", ".gitlab-ci.yml:3")


# --- uv ---


@pytest.mark.parametrize(
    ("keys", "blind"),
    [
        ('[{ file = "**/*.rs" }, { file = "Cargo.*" }]', None),
        ('[{ file = "Cargo.*" }, { file = "src/**/*.{rs,toml}" }]', None),
        ('["Cargo.toml", "Cargo.lock", "./src/lib.rs"]', None),
        ('[{ file = "Cargo.toml" }, { file = "Cargo.lock" }]', "src/lib.rs"),
        ('[{ file = "Cargo.toml" }, { file = "src/*.rs" }]', "Cargo.lock"),
        ('[{ file = "Cargo.*" }, { file = "src/[z-a].rs" }, { file = "{src/lib.rs" }]', "src/lib.rs"),
        ('[{ dir = "src" }, { git = { commit = true } }]', "Cargo.toml and 2 more"),
    ],
)
def test_cache_keys_that_miss_a_source(hello: Path, keys: str, blind: str | None) -> None:
    text = (hello / "pyproject.toml").read_text()
    (hello / "pyproject.toml").write_text(re.sub("cache-keys = .*", f"cache-keys = {keys}", text))
    if blind:
        the(hello, "PFB272", line(hello / "pyproject.toml", "cache-keys"), f"a changed {blind}: ")
    else:
        assert codes(hello) == []


def test_the_keys_of_the_hint_are_complete(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    add(root / "build.rs", "fn main() {}\n")
    add(root / "src" / "below" / "mod.rs", "")
    add(root / "target" / "made.rs", "")
    add(root / "target" / "CACHEDIR.TAG", "")
    add(root / "tests" / "it.rs", "")
    (problem,) = found(root, "PFB272")
    assert problem.hint
    keys = re.findall(r'"([^"]+)"', problem.hint)
    assert keys == ["pyproject.toml", "Cargo.toml", "build.rs", "src/**/*.rs", "Cargo.lock"]
    add(root / "pyproject.toml", f"\n[tool.uv]\n{problem.hint.removeprefix('set ').removesuffix(' in [tool.uv]')}\n")
    assert codes(root) == []


def test_a_vendored_crate_needs_no_key(hello: Path) -> None:
    """Nobody edits it: cargo refuses to build it then."""
    config = '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"\n'
    add(hello / ".cargo" / "config.toml", config)
    dep = hello / "vendor" / "dep"
    add(dep / "Cargo.toml", '[package]\nname = "dep"\nversion = "1.0.0"\n')
    add(dep / "src" / "lib.rs", "")
    add(dep / ".cargo-checksum.json", json.dumps({"files": {}, "package": "0" * 64}))
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'dep = "1"')
    (hello / "Cargo.lock").unlink()
    assert [problem.code for problem in check(hello, cpython_here("3.12"), {})] == ["PFB252", "PFB102"]


def test_uv_builds_again_for_the_files_that_a_glob_of_ours_matches(tmp_path: Path) -> None:
    """The globs are uv's own matter, so uv is asked: it builds again when a file changes that it looks at."""
    root = tmp_path / "project"
    for name in ("src/lib.rs", "src/below/mod.rs", "crate/lib.rs", "Cargo.toml"):
        add(root / name, "")
    add(root / "back" / "backend.py", BACKEND)
    log = tmp_path / "log"
    for pattern in ("src/*.rs", "**/*.rs", "src/**", "{src,crate}/lib.rs", "./src/**/*.rs", "src/[!l]*/*.rs", "src"):
        (root / "pyproject.toml").write_text(PROJECT.format(pattern=pattern))
        uv(root, log)
        for file in ("src/lib.rs", "src/below/mod.rs", "crate/lib.rs", "Cargo.toml"):
            log.unlink(missing_ok=True)
            add(root / file, "// changed\n")
            uv(root, log)
            matched = bool(glob(os.path.normpath(pattern)).fullmatch(file))
            assert log.exists() == matched, (pattern, file)


PROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["back"]

[project]
name = "p"
version = "1"
requires-python = ">=3.9"

[tool.uv]
cache-keys = [{{ file = "{pattern}" }}]
"""
BACKEND = """
import os, zipfile
def build_editable(folder, config=None, metadata=None):
    open(os.environ["LOG"], "w").close()
    with zipfile.ZipFile(os.path.join(folder, "p-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("p-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: p\\nVersion: 1\\n")
        wheel.writestr("p-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("p-1.dist-info/RECORD", "")
    return "p-1-py3-none-any.whl"
"""


def uv(root: Path, log: Path) -> None:
    environ = {**os.environ, "LOG": str(log), "UV_CACHE_DIR": str(root.parent / "uv")}
    environ.pop("VIRTUAL_ENV", None)
    command = [sys.executable, "-m", "uv", "sync", "-q", "--offline", "--python", sys.executable]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environ)
    assert result.returncode == 0, result.stderr
