"""A delegate that misbehaves is named in one message, which says what it did; nothing is left of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.bad_inputs import BUILD, GOOD, METADATA, SDIST, Row, faults, project, run, tree

ALL = (*METADATA, *BUILD, *SDIST)
# A delegate whose hooks all do the same; `folder` is where they write, and `hook` is the name of the one that runs.
_DELEGATE = """
import os, sys, zipfile
def good(folder, hook):
    if hook == "build_sdist":
        import tarfile
        tarfile.open(os.path.join(folder, "good-1.0.tar.gz"), "w:gz").close()
        return "good-1.0.tar.gz"
    if "metadata" in hook:
        os.mkdir(os.path.join(folder, "good-1.0.dist-info"))
        open(os.path.join(folder, "good-1.0.dist-info", "METADATA"), "w").write("x")
        return "good-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(folder, NAME), "w") as archive:
        archive.writestr("good-1.0.dist-info/WHEEL", "Tag: py3-none-any")
    return NAME
NAME = "good-1.0-py3-none-any.whl"
def act(folder, hook):
    {act}
def prepare_metadata_for_build_wheel(folder, settings=None):
    return act(folder, "prepare_metadata_for_build_wheel")
def prepare_metadata_for_build_editable(folder, settings=None):
    return act(folder, "prepare_metadata_for_build_editable")
def build_wheel(folder, settings=None, metadata=None):
    return act(folder, "build_wheel")
def build_editable(folder, settings=None, metadata=None):
    return act(folder, "build_editable")
def build_sdist(folder, settings=None):
    return act(folder, "build_sdist")
{more}
"""
FAULT = "this is a bug in the installed {delegate}"


def fake(act: str, more: str = "") -> str:
    return _DELEGATE.replace("{act}", act).replace("{more}", more)


_WRITE = "open(os.path.join(folder, '{}'), 'w').write('x'); return '{}'"
# name, the delegate's code, what it is called with, message, hint
MISBEHAVIOUR = [
    (
        "raises",
        fake("raise ValueError('no luck')"),
        ALL,
        "{delegate} raised ValueError: no luck",
        "the traceback above comes from {delegate}",
    ),
    (
        "raises without a word",
        fake("raise AssertionError"),
        ALL,
        "{delegate} raised AssertionError\n",
        "the traceback above comes from {delegate}",
    ),
    ("exits", fake("sys.exit(3)"), ALL, "{delegate} ", "above"),
    ("exits with 0", fake("sys.exit(0)"), ALL, "{delegate} ", "above"),
    ("exits after it wrote a file", fake("good(folder, hook); sys.exit(1)"), ALL, "{delegate} ", "above"),
    (
        "has no hook",
        fake("pass", "for name in [n for n in globals() if 'build_' in n]: del globals()[name]"),
        ALL,
        "{delegate} has no hook ",
        FAULT,
    ),
    (
        "has a number for a hook",
        fake("pass", "for name in [n for n in globals() if 'build_' in n]: globals()[name] = 3"),
        ALL,
        "{delegate} has no hook ",
        FAULT,
    ),
    ("returns None", fake("good(folder, hook)"), ALL, "{delegate} returned None from ", FAULT),
    ("returns bytes", fake("return good(folder, hook).encode()"), ALL, "{delegate} returned b'good-1.0", FAULT),
    ("returns nothing", fake("good(folder, hook); return ''"), ALL, "{delegate} returned '' from ", FAULT),
    ("returns a path", fake("return os.path.join(folder, good(folder, hook))"), ALL, "{delegate} returned '/", FAULT),
    (
        "returns a NUL",
        fake("return good(folder, hook)[:-4] + chr(0) + good(folder, hook)[-4:]"),
        BUILD,
        "{delegate} returned 'good",
        FAULT,
    ),
    (
        "returns another name",
        fake("made = good(folder, hook); return 'x' + made"),
        ALL,
        "{delegate} says that it made xgood-1.0",
        FAULT,
    ),
    (
        "makes nothing",
        fake("return {'p': 'a.dist-info', 'b': 'a.whl'}[hook[0]]"),
        (*METADATA, *BUILD),
        "{delegate} says that it made a.",
        FAULT,
    ),
    (
        "makes no zip",
        fake(_WRITE.format("a-1-py3-none-any.whl", "a-1-py3-none-any.whl")),
        BUILD,
        "{delegate} made a-1-py3-none-any.whl, which is not a readable zip archive",
        FAULT,
    ),
    (
        "makes no tar",
        fake(_WRITE.format("a-1.tar.gz", "a-1.tar.gz")),
        SDIST,
        "{delegate} made a-1.tar.gz, which is not a tar archive",
        FAULT,
    ),
    (
        "makes a wheel without WHEEL",
        fake("zipfile.ZipFile(os.path.join(folder, NAME), 'w').close(); return NAME"),
        BUILD,
        "{delegate} made good-1.0-py3-none-any.whl with no .dist-info/WHEEL",
        FAULT,
    ),
    (
        "makes a folder for a wheel",
        fake("os.mkdir(os.path.join(folder, NAME)); return NAME"),
        BUILD,
        "{delegate} made good-1.0-py3-none-any.whl, which is not a readable zip",
        FAULT,
    ),
    (
        "makes a .dist-info without METADATA",
        fake("os.mkdir(os.path.join(folder, 'a.dist-info')); return 'a.dist-info'"),
        METADATA,
        "{delegate} made a.dist-info without METADATA",
        FAULT,
    ),
    (
        "raises at import",
        "raise RuntimeError('broken')",
        ALL,
        "{delegate} cannot be imported: RuntimeError: broken",
        "install it again",
    ),
    (
        "exits at import",
        "import sys; sys.exit(0)",
        ALL,
        "{delegate} cannot be imported: SystemExit: 0",
        "install it again",
    ),
    ("is no Python", "def", ALL, "{delegate} cannot be imported: SyntaxError", "install it again"),
    ("lacks a module", "import nowhere_at_all", ALL, "{delegate} cannot be imported: ", "install it again"),
]


def row(delegate: str, case: tuple[str, str, tuple[str, ...], str, str]) -> Row:
    name, code, calls, message, hint = case
    if name.startswith("raises") and "import" not in name and delegate == "setuptools":
        message = message.replace("{delegate} raised ", "pyproject.toml: setuptools stopped: ").replace("\n", "")
        hint = "raised at build_meta.py:"
    file = "maturin/__init__.py" if delegate == "maturin" else "setuptools/build_meta.py"
    module = {file: code} if delegate == "maturin" else {file: code, "setuptools/__init__.py": ""}
    table = "[tool.maturin]" if delegate == "maturin" else "[tool.setuptools-rust]"
    return Row(
        name,
        message.replace("{delegate}", delegate),
        hint.replace("{delegate}", delegate),
        {"pyproject.toml": f"{GOOD['pyproject.toml']}{table}\n"},
        modules=module,
        calls=calls,
    )


@pytest.mark.parametrize("delegate", ["maturin", "setuptools"])
@pytest.mark.parametrize("case", MISBEHAVIOUR, ids=lambda case: case[0])
def test_a_delegate_that_misbehaves_is_named(
    tmp_path: Path, delegate: str, case: tuple[str, str, tuple[str, ...], str, str]
) -> None:
    bad = row(delegate, case)
    root = project(tmp_path, bad)
    before = tree(root)
    said = run(tmp_path, bad, root)
    assert "\n".join(faults(bad, said, delegates_own=case[0].startswith("raises"))) == ""
    assert tree(root) == before


@pytest.mark.parametrize("delegate", ["maturin", "setuptools"])
def test_the_same_delegate_that_behaves_is_believed(tmp_path: Path, delegate: str) -> None:
    good = row(delegate, ("behaves", fake("return good(folder, hook)"), ALL, "", ""))
    made = {call.name: (call.status, call.left) for call in run(tmp_path, good) if call.name in (*METADATA, *SDIST)}
    assert made == {
        **{name: (0, ["good-1.0.dist-info"]) for name in METADATA},
        "build_sdist": (0, ["good-1.0.tar.gz"]),
    }


def test_what_a_setup_py_says_before_it_ends_the_process_is_seen(tmp_path: Path) -> None:
    setup = "import os\nos.write(2, b'x' * 60_000)\nos.write(2, b'openssl is missing')\nos._exit(3)\n"
    table = "[tool.setuptools-rust]\n"
    files = {"pyproject.toml": f"{GOOD['pyproject.toml']}{table}", "setup.py": setup}
    root = project(tmp_path, Row("", "", files=files))
    for number in range(5):
        code = f"import pyo3_features_backend as b; b.build_wheel({str(tmp_path / str(number))!r})"
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent.parent)}
        result = subprocess.run(
            [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr[-30:]) == (3, "x" * 12 + "openssl is missing")


@pytest.mark.parametrize("folder", ["elsewhere", "/"])
def test_a_setup_py_that_calls_setup_in_another_folder_is_told_so(tmp_path: Path, folder: str) -> None:
    """setuptools would look for packages in all of it: after os.chdir("/") on the whole disk."""
    setup = f"import os\nfrom setuptools import setup\nos.chdir({folder!r})\nsetup(name='x', version='1')\n"
    files = {
        "pyproject.toml": f"{GOOD['pyproject.toml']}[tool.setuptools-rust]\n",
        "setup.py": setup,
        "elsewhere/a": "",
    }
    root = project(tmp_path, Row("", "", files=files))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent.parent)}
    for hook in (METADATA[0], BUILD[0]):
        code = f"import pyo3_features_backend as b; b.{hook}({str(tmp_path / 'out')!r})"
        result = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        here = root / folder
        said = f"error: setup.py:4: setup.py calls setup() in {here}, and setuptools looks for the project there\n"
        assert (result.returncode, result.stderr.count("error:")) == (1, 1), result.stderr
        assert said in result.stderr


@pytest.mark.parametrize("delegate", ["maturin", "setuptools"])
def test_a_delegate_that_changes_the_current_folder_does_not_change_that_of_the_next_hook(
    tmp_path: Path, delegate: str
) -> None:
    act = "made = good(folder, hook); os.chdir('/'); return made"
    moved = row(delegate, ("moves", fake(act), METADATA, "", ""))  # the process compares the folders
    assert [call.status for call in run(tmp_path, moved)] == [0, 0]
