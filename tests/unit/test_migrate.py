"""Projects of others made projects with this backend: what is written, asked and refused."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.backend import requirement
from pyo3_features_backend.author.migrate.copied import Copy
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import toml
from pyo3_features_backend.facts.cross import of_version
from pyo3_features_backend.facts.interpreter import running
from support.files import write
from support.gated_project import CARGO, LIB, PYPROJECT, command, gated

pytest.importorskip("tomlkit")

OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"
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
AFTER_CARGO = (
    CARGO.replace('features = ["abi3-py39", "macros"]', 'features = ["macros"]')
    .replace('"pyo3/extension-module"', "")
    .replace('"pyo3/abi3"', "")
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return gated(tmp_path)


def asked(project: Path, answer: str) -> tuple[int, str]:
    """Run migrate in a terminal, with an answer; (exit status, what it says)."""
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "pyo3_features_backend", "migrate", "-C", str(project)])
    os.write(terminal, answer.encode())
    said = b""
    try:
        while part := os.read(terminal, 4096):
            said += part
    except OSError:  # Linux says so when the other end is closed
        pass
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode()


def texts(project: Path) -> dict[str, bytes]:
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def migrated(root: Path) -> dict[str, str]:
    """What the files become, by name; and a second time there is nothing to do."""
    found = migrate.prepare(root)
    for change in found.changes:
        change.path.write_bytes(change.after.encode())
    assert migrate.prepare(root).changes == ()
    return {change.shown: change.after for change in found.changes}


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
    assert "help: --yes writes without asking, --diff only shows\n" in result.stderr
    assert texts(project) == before


def wheels(said: str) -> list[str]:
    (row,) = [row for row in said.splitlines() if row.startswith("  wheel ")]
    return row.split()[1:]


def test_the_wheel_before_is_the_delegates_own(project: Path) -> None:
    assert wheels(command(project, "--diff").stderr) == ["cp39-abi3", "cp39-abi3"]
    manifest = CARGO.replace('"abi3-py39", ', "").replace('["pyo3/abi3"]', "[]")
    write(project, {"Cargo.toml": manifest})
    said = command(project, "--diff").stderr
    assert wheels(said) == [f"{OWN}-{OWN}", "cp39-abi3"]
    assert "note: the wheel becomes a stable-ABI wheel: the code has to keep to the limited API of 3.9" in said
    write(project, {"Cargo.toml": CARGO.replace("abi3-py39", "abi3")})
    assert wheels(command(project, "--diff").stderr) == [f"{OWN}-abi3", "cp39-abi3"]


def test_a_narrower_wheel_is_told(project: Path) -> None:
    own = '\n[tool.pyo3-features-backend]\nabi3 = "off"\n'
    write(project, {"pyproject.toml": PYPROJECT + own})
    said = command(project, "--diff").stderr
    assert f"warning: the wheel was for every Python from 3.9 on, and will be for one ({OWN}-{OWN})" in said


def git(project: Path, *words: str) -> None:
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True, env={**os.environ, **names})


def test_work_that_is_not_committed_is_not_written_over(project: Path) -> None:
    git(project, "init")
    git(project, "add", "src", "pyproject.toml")
    git(project, "commit", "-m", "first")
    unknown = command(project, "--yes")
    assert (unknown.returncode, "not committed: Cargo.toml\n" in unknown.stderr) == (1, True)
    git(project, "add", ".")
    git(project, "commit", "-m", "second")
    write(project, {"src/lib.rs": LIB + "// new\n", "untracked": ""})
    before = texts(project)
    dirty = command(project, "--yes")
    assert (dirty.returncode, "not committed: src/lib.rs\n" in dirty.stderr) == (1, True)
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


def test_a_backend_of_the_projects_own_that_calls_ours_stays(project: Path) -> None:
    system = '"own"\nbackend-path = ["tools"]\n'
    write(
        project,
        {
            "pyproject.toml": PYPROJECT.replace('"maturin"\n', system),
            "tools/own.py": "from pyo3_features_backend import *\n",
        },
    )
    found = toml.parse(migrated(project)["pyproject.toml"])
    assert found["build-system"]["build-backend"] == "own"
    assert found["build-system"]["requires"] == [requirement(), "maturin>=1.5,<2"]


def test_yes_does_not_go_on_without_a_plan(project: Path) -> None:
    write(project, {"Cargo.toml": CARGO.replace('version = "0.30"', 'version = "0.0.1"')})
    before = texts(project)
    result = command(project, "--yes")
    assert (result.returncode, "a narrower wheel would go unnoticed" in result.stderr) == (1, True)
    assert texts(project) == before
    assert asked(project, "y\n")[0] == 0


SETUPTOOLS = """[build-system]
requires = ["setuptools>=60", "wheel"]
build-backend = "setuptools.build_meta"
[project]
name = "mixed"
version = "1"
requires-python = ">=3.8"
[tool.maturin]
bindings = "pyo3"
"""
SETUP = """from setuptools import setup
from setuptools_rust import RustExtension
setup(
    rust_extensions=[
        RustExtension("mixed", features=["limited", "module", "fast"], py_limited_api=True),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
"""
MIXED = """[package]
name = "mixed"
version = "1.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
pyo3 = "0.30"
[features]
limited = ["pyo3/abi3-py310"]
module = ["pyo3/extension-module"]
fast = ["module"]
"""


def test_a_setuptools_project_with_its_declarations_in_setup_py(tmp_path: Path) -> None:
    lib = '#[cfg(feature = "limited")] fn f() {}'
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": SETUP, "Cargo.toml": MIXED, "src/lib.rs": lib})
    after = migrated(tmp_path)
    found = toml.parse(after["pyproject.toml"])
    assert found["build-system"] == {
        "requires": [requirement("setuptools-rust"), "setuptools>=60", "wheel"],
        "build-backend": "pyo3_features_backend",
    }
    assert found["tool"]["pyo3-features-backend"] == {"abi3": "3.10", "abi3-crate-features": ["limited"]}
    assert [key["file"] for key in found["tool"]["uv"]["cache-keys"]][:2] == ["pyproject.toml", "setup.py"]
    assert after["setup.py"] == SETUP.replace(
        'features=["limited", "module", "fast"], py_limited_api=True', 'features=["fast"]'
    ).replace('    options={"bdist_wheel": {"py_limited_api": "cp310"}},\n', "")
    assert toml.parse(after["Cargo.toml"])["features"] == {"limited": [], "module": [], "fast": ["module"]}


@pytest.mark.parametrize(("lib", "left"), [("", False), ('#[cfg(feature = "module")] fn f() {}', True)])
def test_a_use_of_an_emptied_feature_stays_only_where_the_feature_gates_code(
    lib: str, left: bool, project: Path
) -> None:
    pyproject = PYPROJECT.replace('"pyo3/extension-module", "limited"', '"module", "other"')
    manifest = CARGO.partition("[features]")[0] + '[features]\nmodule = ["pyo3/extension-module"]\nother = ["module"]\n'
    write(project, {"pyproject.toml": pyproject, "Cargo.toml": manifest, "src/lib.rs": lib})
    found = toml.parse(migrated(project)["pyproject.toml"])
    assert found["tool"]["maturin"]["features"] == (["module", "other"] if left else ["other"])


def test_the_floor_of_setup_cfg_and_of_the_distutils_table_becomes_ours(tmp_path: Path) -> None:
    table = '\n[tool.distutils.bdist_wheel]\npy-limited-api = "cp310"\n'
    manifest = MIXED.partition("[features]")[0]
    files = {"pyproject.toml": SETUPTOOLS + table, "Cargo.toml": manifest, "src/lib.rs": ""}
    files["setup.cfg"] = "[metadata]\nurl = x\n\n[bdist_wheel]\npy_limited_api = cp310\n"
    files["setup.py"] = SETUP.replace('features=["limited", "module", "fast"], py_limited_api=True', "debug=False")
    files["setup.py"] = files["setup.py"].replace('options={"bdist_wheel": {"py_limited_api": "cp310"}},', "")
    write(tmp_path, files)
    after = migrated(tmp_path)
    found = toml.parse(after["pyproject.toml"])["tool"]
    assert found["pyo3-features-backend"] == {"abi3": "3.10"}
    assert "distutils" not in found
    assert after["setup.cfg"] == "[metadata]\nurl = x\n"
    assert set(after) == {"pyproject.toml", "setup.cfg"}


def test_what_setup_py_computes_is_left_to_the_author_with_its_line(tmp_path: Path) -> None:
    text = SETUP.replace('features=["limited", "module", "fast"], py_limited_api=True', "features=FEATURES")
    text = text.replace("setup(\n", 'FEATURES = ["pyo3/abi3-py310"]\nWHEEL = {"py_limited_api": "cp310"}\nsetup(\n')
    text = text.replace('options={"bdist_wheel": {"py_limited_api": "cp310"}}', 'options={"bdist_wheel": WHEEL}')
    files = {"pyproject.toml": SETUPTOOLS, "setup.py": text, "Cargo.toml": MIXED, "src/lib.rs": ""}
    write(tmp_path, files)
    found = migrate.prepare(tmp_path)
    assert [str(note.place) for note in found.notes] == ["setup.py:3", "setup.py:4"]
    assert "setup.py" not in [change.shown for change in found.changes]
    (pyproject,) = [change.after for change in found.changes if change.shown == "pyproject.toml"]
    assert toml.parse(pyproject)["tool"]["pyo3-features-backend"] == {"abi3": "3.10"}


def test_a_project_without_pyproject_gets_one_with_what_its_setup_py_imports(tmp_path: Path) -> None:
    more = '    name="mixed", python_requires=">=3.10", setup_requires=["cffi", "setuptools-rust"],\n    options'
    text = "import helper\n" + SETUP.replace("    options", more)
    write(tmp_path, {"setup.py": text, "helper.py": "", "Cargo.toml": MIXED, "src/lib.rs": ""})
    found = migrate.prepare(tmp_path)
    (pyproject,) = [change for change in found.changes if change.shown == "pyproject.toml"]
    assert pyproject.after.startswith(
        f'[build-system]\nrequires = ["{requirement("setuptools-rust")}", "cffi"]\n'
        'build-backend = "pyo3_features_backend"\n\n'
    )
    assert (
        '[tool.uv]\ncache-keys = [\n    { file = "pyproject.toml" },\n    { file = "setup.py" },\n' in pyproject.after
    )
    assert "--- /dev/null\n+++ b/pyproject.toml" in "".join(pyproject.diff())
    # Until that line is mended, setup.py cannot be run as a declared backend runs it.
    assert [str(note.place) for note in found.notes] == ["setup.py:1"]
    assert found.then.error is not None
    write(tmp_path, {"setup.py": text.replace("import helper\n", "")})
    assert migrate.prepare(tmp_path, of_version("3.12", "CPython", running())).then.wheel == "cp310-abi3"


def test_a_workspace_with_a_shared_pyo3_and_a_crate_below(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": PYPROJECT.replace('features = ["pyo3/extension-module", "limited"]', "")
            + 'manifest-path = "crates/py/Cargo.toml"\n',
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.dependencies]\n'
            'pyo3 = { version = "0.30", features = ["abi3-py311", "extension-module"] } # all\n',
            "crates/py/Cargo.toml": MIXED.replace('pyo3 = "0.30"', "pyo3.workspace = true\n[dependencies.below]")
            .replace("[features]", 'path = "../below"\n[features]')
            .replace("mixed", "py"),
            "crates/py/src/lib.rs": "",
            "crates/below/Cargo.toml": '[package]\nname = "below"\nversion = "1.0.0"\n[dependencies]\n'
            'pyo3 = { workspace = true, features = ["abi3"] }\n',
            "crates/below/src/lib.rs": "",
        },
    )
    after = migrated(tmp_path)
    assert after["Cargo.toml"].endswith('pyo3 = { version = "0.30" } # all\n')
    assert after["crates/below/Cargo.toml"].endswith("pyo3 = { workspace = true }\n")
    assert "pyo3.workspace = true\n" in after["crates/py/Cargo.toml"]
    tables = toml.parse(after["pyproject.toml"])["tool"]
    assert tables["pyo3-features-backend"] == {"abi3": "3.11"}
    assert [key["file"] for key in tables["uv"]["cache-keys"]] == [
        "pyproject.toml",
        "crates/py/Cargo.toml",
        "crates/py/src/**/*.rs",
        "crates/below/Cargo.toml",
        "crates/below/src/**/*.rs",
        "Cargo.toml",
    ]


def test_a_crate_beside_the_project_is_edited_where_it_is(project: Path) -> None:
    below = project / "python"
    write(below, {"pyproject.toml": PYPROJECT + 'manifest-path = "../Cargo.toml"\n'})
    (project / "pyproject.toml").unlink()
    found = migrate.prepare(below)
    assert [(change.shown, change.path) for change in found.changes] == [
        ("../Cargo.toml", project / "Cargo.toml"),
        ("pyproject.toml", below / "pyproject.toml"),
    ]
    assert found.changes[0].after == AFTER_CARGO
    assert found.then.wheel == "cp39-abi3"
    assert toml.parse(found.changes[1].after)["tool"]["pyo3-features-backend"] == {"abi3-crate-features": ["limited"]}


def test_the_copy_for_the_plan_has_what_git_ignores_but_no_ignored_folder(project: Path) -> None:
    write(project, {".gitignore": "Cargo.lock\n/big\n*.so\n", "Cargo.lock": "version = 3\n", "big/x": "", "a.so": ""})
    git(project, "init")
    git(project, "add", ".")
    with Copy(project, []) as copy:
        names = {path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*") if path.is_file()}
    assert names == {".gitignore", "Cargo.lock", "Cargo.toml", "pyproject.toml", "src/lib.rs"}


def test_py_limited_api_of_a_wheel_without_pyo3_is_not_ours(tmp_path: Path) -> None:
    manifest = MIXED.partition("[dependencies]")[0]
    text = SETUP.replace('features=["limited", "module", "fast"], ', "binding=Binding.NoBinding, ")
    text = text.replace("import RustExtension", "import Binding, RustExtension")
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": text, "Cargo.toml": manifest, "src/lib.rs": ""})
    after = migrated(tmp_path)
    assert list(after) == ["pyproject.toml"]
    assert "pyo3-features-backend" not in toml.parse(after["pyproject.toml"])["tool"]


def test_a_floor_that_a_c_extension_makes_void_is_not_carried_over(tmp_path: Path) -> None:
    text = SETUP.replace('features=["limited", "module", "fast"], py_limited_api=True', "")
    text = text.replace('options={"bdist_wheel": {"py_limited_api": "cp310"}}', 'ext_modules=[Extension("c", ["c.c"])]')
    text = text.replace("import setup", "import Extension, setup")
    manifest = MIXED.partition("[features]")[0].replace('"0.30"', '{ version = "0.30", features = ["abi3-py310"] }')
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": text, "Cargo.toml": manifest, "src/lib.rs": ""})
    found = migrate.prepare(tmp_path)
    assert found.then.facts is not None
    # requires-python is below what the floor of PyO3 is, where newer Pythons than 3.9 are asked; none is of the floor
    # that was given by hand.
    expected = [("PFB131", "warning")] if sys.version_info >= (3, 10) else []
    assert [(problem.code, problem.severity) for problem in found.then.facts.plan.problems] == expected
    assert found.now.wheel == found.then.wheel == f"{OWN}-{OWN}"
    migrated(tmp_path)


def test_conditional_features_become_overrides_that_plan_the_same(project: Path) -> None:
    features = """features = [
    "pyo3/extension-module",
    { feature = "pyo3/abi3-py39", python-version = "<3.11" },
    { feature = "pyo3/abi3-py311", python-version = ">=3.11" },
]"""
    manifest = CARGO.replace('"abi3-py39", ', "").replace('limited = ["pyo3/abi3"]\n', "")
    write(
        project,
        {
            "pyproject.toml": PYPROJECT.replace('features = ["pyo3/extension-module", "limited"]', features),
            "Cargo.toml": manifest,
        },
    )
    now = wheels(command(project, "--diff").stderr)
    assert now[0] == now[1] == ("cp311-abi3" if sys.version_info >= (3, 11) else "cp39-abi3")
    after = migrated(project)["pyproject.toml"]
    assert (
        '[tool.pyo3-features-backend]\nabi3 = "off"\n\n'
        "[[tool.pyo3-features-backend.overrides]]\n"
        'if = { python-version = ">=3.11" }\nabi3 = "3.11"\n\n'
        "[[tool.pyo3-features-backend.overrides]]\n"
        'if = { python-version = "<3.11" }\nabi3 = "3.9"\n\n[tool.uv]'
    ) in after


@pytest.mark.parametrize(
    ("requires", "after"),
    [
        ('["maturin"]', [requirement(), "maturin"]),
        ('["Maturin[patchelf]>=1,<2", "x"]', [requirement(), "Maturin[patchelf]>=1,<2", "x"]),
        ('["maturin>=0.14,<0.15"]', [requirement(), "maturin>=1.14,<2"]),
        ('["setuptools-rust"]', [requirement("maturin"), "setuptools-rust"]),
        ('["maturin", "pyo3_features_backend>=0.1"]', ["maturin", "pyo3_features_backend>=0.1"]),
    ],
)
def test_requirements_stay_and_the_delegate_stays_known(requires: str, after: list[str], project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace('["maturin>=1.5,<2"]', requires)})
    found = migrate.prepare(project)
    text = next(change.after for change in found.changes if change.shown == "pyproject.toml")
    assert toml.parse(text)["build-system"]["requires"] == after
    assert found.then.facts is not None
    assert found.then.facts.delegate == "maturin"


def test_settings_and_keys_of_the_author_stay(project: Path) -> None:
    own = (
        '\n[tool.uv]\n# watched\ncache-keys = [{ file = "**/*.rs" }, { git = true }] # all\ndev = 1\n'
        '\n[tool.pyo3-features-backend]\nabi3-crate-features = ["other"]\n'
    )
    write(project, {"pyproject.toml": PYPROJECT + own, "Cargo.toml": CARGO + "other = []\n"})
    after = migrated(project)["pyproject.toml"]
    assert after.endswith(
        '\n[tool.uv]\n# watched\ncache-keys = [{ file = "**/*.rs" }, { git = true }, { file = "pyproject.toml" }, '
        '{ file = "Cargo.toml" }] # all\ndev = 1\n\n[tool.pyo3-features-backend]\nabi3-crate-features = ["other"]\n'
    )


def test_tomlkit_that_is_missing_is_told(project: Path) -> None:
    code = (
        "import sys; sys.modules['tomlkit'] = None; from pyo3_features_backend.cli import main;"
        f"sys.exit(main(['migrate', '-C', {str(project)!r}, '--diff']))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'pyo3-features-backend[cli]'" in result.stderr


def test_a_setup_py_that_is_not_python_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": "setup(\n", "Cargo.toml": MIXED, "src/lib.rs": ""})
    with pytest.raises(ProjectError) as broken:
        migrate.prepare(tmp_path)
    assert str(broken.value.place) == "setup.py:1"
