"""The edits of a migration, text in and text out: what goes, what comes, and that all else stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.migrate import own_table, setup_files, write
from pyo3_features_backend.author.migrate.changes import Change
from pyo3_features_backend.author.migrate.tables import Edit, EditKind, edited
from pyo3_features_backend.author.sources.hardcoded import Hardcoded
from pyo3_features_backend.author.sources.manifests import read_all
from pyo3_features_backend.author.sources.rust_sources import cache_keys, gates, unwatched
from pyo3_features_backend.errors import Place, ProjectError

pytest.importorskip("tomlkit")

PYO3 = ("dependencies", "pyo3", "features")


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        (
            'pyo3 = { version = "1", features = ["abi3", "macros"] } # c\n',
            "abi3",
            'pyo3 = { version = "1", features = ["macros"] } # c\n',
        ),
        ('pyo3 = { version = "1", features = ["abi3"] } # c\n', "abi3", 'pyo3 = { version = "1" } # c\n'),
        ('pyo3 = {features=["abi3"],version="1"}\n', "abi3", 'pyo3 = {version="1"}\n'),
        (
            'pyo3 = { version = "1", features = ["abi3"], optional = true }\n',
            "abi3",
            'pyo3 = { version = "1", optional = true }\n',
        ),
        (
            'pyo3 = { version = "1", features = [\n    "abi3",  # why\n    "macros", # m\n] }\n',
            "abi3",
            'pyo3 = { version = "1", features = [\n    "macros", # m\n] }\n',
        ),
        (
            'pyo3 = { version = "1", features = [\n    "macros", # m\n    "abi3"\n] }\nx = "1"\n',
            "abi3",
            'pyo3 = { version = "1", features = [\n    "macros", # m\n] }\nx = "1"\n',
        ),
        ('pyo3.version = "1"\npyo3.features = ["abi3"]\nx = "1"\n', "abi3", 'pyo3.version = "1"\nx = "1"\n'),
    ],
)
def test_a_feature_goes_out_of_a_dependency_and_an_empty_list_goes_too(before: str, word: str, after: str) -> None:
    head = "# top\n[dependencies]\na = '1'\n"
    assert edited(head + before, "Cargo.toml", [Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, PYO3, word)]) == head + after


def test_a_table_of_its_own_loses_the_line() -> None:
    text = '[dependencies.pyo3]\nversion = "1" # v\nfeatures = ["abi3"] # f\n\n[lib]\nname = "x"\n'
    after = '[dependencies.pyo3]\nversion = "1" # v\n\n[lib]\nname = "x"\n'
    assert edited(text, "Cargo.toml", [Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, PYO3, "abi3")]) == after


def test_a_feature_of_the_crate_is_emptied_and_keeps_its_comment() -> None:
    text = '[features]\ndefault = ["abi"]\nabi = ["pyo3/abi3"] # by hand\nmore = ["pyo3/abi3", "x"]\nx = []\n'
    edits = [Edit(EditKind.REMOVE_ENTRY, ("features", name), "pyo3/abi3") for name in ("abi", "more")]
    assert edited(text, "Cargo.toml", edits) == (
        '[features]\ndefault = ["abi"]\nabi = [] # by hand\nmore = ["x"]\nx = []\n'
    )


def test_line_ends_stay_as_they_are() -> None:
    text = '[tool.a]\r\nx = 1\r\n[build-system]\r\nrequires = [\r\n  "m", # m\r\n]\r\n'
    edits = [
        Edit(EditKind.PREPEND, ("build-system", "requires"), "ours"),
        Edit(EditKind.SET_KEY, ("tool", "b", "y"), "z"),
    ]
    after = '[tool.a]\r\nx = 1\r\n[build-system]\r\nrequires = [\r\n  "ours",\r\n  "m", # m\r\n]\r\n'
    assert edited(text, "pyproject.toml", edits) == after + '\r\n[tool.b]\r\ny = "z"\r\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('requires = ["m"] # c\n', 'requires = ["ours", "m"] # c\n'),
        ("requires = [ 'm' ]\n", "requires = [ 'ours', 'm' ]\n"),
        ("requires = []\n", 'requires = ["ours"]\n'),
        ('requires = [\n    # why\n    "m",\n]\n', 'requires = [\n    "ours",\n    # why\n    "m",\n]\n'),
    ],
)
def test_a_requirement_comes_first_in_the_form_of_the_others(before: str, after: str) -> None:
    head = "[build-system]\n"
    assert edited(head + before, "", [Edit(EditKind.PREPEND, ("build-system", "requires"), "ours")]) == head + after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[tool.uv]\n", '[tool.uv]\nkeys = "x"\n'),
        ("[tool.uv]", '[tool.uv]\nkeys = "x"\n'),
        (
            "[tool.uv]\na = [\n  1,\n] # a\n\n# of b\n[tool.b]\nc = 1\n",
            '[tool.uv]\na = [\n  1,\n] # a\nkeys = "x"\n\n# of b\n[tool.b]\nc = 1\n',
        ),
        ("[tool.uv.sources]\na = 1\n", '[tool.uv.sources]\na = 1\n\n[tool.uv]\nkeys = "x"\n'),
        ("[tool.uv]\nkeys = 'old' # c\n", "[tool.uv]\nkeys = 'x' # c\n"),
        ("", '[tool.uv]\nkeys = "x"\n'),
        ("[a]\nb = 1", '[a]\nb = 1\n\n[tool.uv]\nkeys = "x"\n'),
        ("[tool]\nuv.a = 1\n", '[tool]\nuv.a = 1\nuv.keys = "x"\n'),
        ("[tool]\nuv = { a = 1 } # c\n", '[tool]\nuv = { a = 1, keys = "x"} # c\n'),
    ],
)
def test_a_key_is_put_where_it_disturbs_nothing(before: str, after: str) -> None:
    assert edited(before, "", [Edit(EditKind.SET_KEY, ("tool", "uv", "keys"), "x")]) == after


def test_tables_in_any_order_are_edited_where_they_are() -> None:
    text = '[tool.a]\nx = ["p", "q"]\n[project]\nname = "n"\n[[tool.c.d]]\nf = ["u", "v"]\nl = true\n[tool.e]\nz = 1\n'
    edits = [
        Edit(EditKind.REMOVE_ENTRY, ("tool", "a", "x"), "p"),
        Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, ("tool", "c", "d", 0, "f"), "u"),
        Edit(EditKind.REMOVE_KEY, ("tool", "c", "d", 0, "l")),
    ]
    assert edited(text, "pyproject.toml", edits) == (
        '[tool.a]\nx = ["q"]\n[project]\nname = "n"\n[[tool.c.d]]\nf = ["v"]\n[tool.e]\nz = 1\n'
    )


def test_what_cannot_be_put_into_a_file_is_told_with_its_line() -> None:
    with pytest.raises(ProjectError, match=r"tool\.uv\.keys cannot be changed") as refused:
        edited("[tool]\nuv = 1\n", "pyproject.toml", [Edit(EditKind.SET_KEY, ("tool", "uv", "keys"), "x")])
    assert refused.value.hint == 'put "x" there by hand, then run migrate again'
    assert str(refused.value.place) == "pyproject.toml:2"


SETUP = """from setuptools import setup
from setuptools_rust import RustExtension

setup(
    name="ü",
    rust_extensions=[
        RustExtension("a.b", features=["pyo3/abi3-py38", "x"], py_limited_api=True, debug=False),
        RustExtension(
            "a.c",
            py_limited_api=True,  # stable
            # of features
            features=["pyo3/extension-module"],
        ),
        RustExtension("ü.d", features=("pyo3/abi3",), py_limited_api=False),
        RustExtension("a.e", features=["pyo3/abi3", "pyo3/extension-module", ], py_limited_api="auto"),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp38"}},
)
"""
AFTER = """from setuptools import setup
from setuptools_rust import RustExtension

setup(
    name="ü",
    rust_extensions=[
        RustExtension("a.b", features=["x"], debug=False),
        RustExtension(
            "a.c",
            # of features
        ),
        RustExtension("ü.d", py_limited_api=False),
        RustExtension("a.e", py_limited_api="auto"),
    ],
)
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_literal_goes_out_of_setup_py_and_nothing_beside_it(end: str) -> None:
    after = setup_files.setup_py_without(SETUP.replace("\n", end), lambda literal: literal.value != "x")
    assert after == AFTER.replace("\n", end)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "setup(options={'bdist_wheel': {'universal': 1, 'py_limited_api': 'cp38'}, 'x': 1})",
            "setup(options={'bdist_wheel': {'universal': 1}, 'x': 1})",
        ),
        ("setup(options={'bdist_wheel': {'py_limited_api': 'cp38'}, 'x': 1})", "setup(options={'x': 1})"),
        ("setup(x=1, options={'bdist_wheel': {'py_limited_api': 'cp38'}})", "setup(x=1)"),
        ("setup(options={'bdist_wheel': {'py_limited_api': 'cp38'}})", "setup()"),
        ("setup(options={'bdist_wheel': {'py_limited_api': TAG}})", None),
        ("OPTIONS = {'bdist_wheel': {'py_limited_api': 'cp38'}}", None),
        ("RustExtension('a', features=FEATURES, py_limited_api=LIMITED)", None),
    ],
)
def test_what_is_left_of_options_and_what_is_computed_stays(before: str, after: str | None) -> None:
    assert setup_files.setup_py_without(before, lambda literal: True) == (before if after is None else after)


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        (
            "[metadata]\nname=x\n\n[bdist_wheel]\npy_limited_api = cp38\n\n[x]\ny=1\n",
            5,
            "[metadata]\nname=x\n\n[x]\ny=1\n",
        ),
        ("[bdist_wheel]\nuniversal=1\npy-limited-api: cp38", 3, "[bdist_wheel]\nuniversal=1\n"),
        ("[a]\nb=1\n\n[bdist_wheel]\npy_limited_api=cp38\n", 5, "[a]\nb=1\n"),
        ("[bdist_wheel]\n# why\npy_limited_api=cp38\n", 3, "[bdist_wheel]\n# why\n"),
    ],
)
def test_an_option_goes_out_of_setup_cfg_with_a_section_that_held_nothing_else(
    before: str, line: int, after: str
) -> None:
    assert setup_files.setup_cfg_without(before, line) == after


def abi3(floor: tuple[int, int] | None = None, **more: object) -> Hardcoded:
    word = f"abi3-py3{floor[1]}" if floor else "abi3"
    return Hardcoded("abi3", word, "dependency", Place("Cargo.toml", 3), PYO3, floor)._replace(**more)  # type: ignore[arg-type]


def given(**condition: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"python-{key}", value) for key, value in condition.items())


NEWER = given(version=">=3.11")
OLDER = given(version="<3.11", implementation="CPython")


@pytest.mark.parametrize(
    ("found", "automatic", "values"),
    [
        ([], (3, 9), {}),
        ([abi3((3, 9))], (3, 9), {}),
        ([abi3((3, 11))], (3, 9), {"abi3": "3.11"}),
        ([abi3((3, 8))], (3, 9), {"abi3": "3.8"}),  # the author's promise, and what the wheels are today
        ([abi3((3, 8)), abi3((3, 11))], (3, 9), {"abi3": "3.8"}),
        ([abi3((3, 9))], None, {"abi3": "3.9"}),
        ([abi3()], (3, 9), {}),
        ([abi3()], None, {"abi3": "current"}),
        ([abi3((3, 11), on=False)], (3, 9), {"abi3": "3.11"}),
        ([abi3((3, 8), on=False)], (3, 9), {}),
        ([abi3((3, 11), on=False)], None, {}),
        ([abi3((3, 11), on=False), abi3((3, 10))], (3, 9), {"abi3": "3.10"}),
        ([abi3((3, 11), condition=NEWER)], (3, 9), {"abi3": "3.11"}),
        ([abi3((3, 9), condition=given(implementation="CPython"))], (3, 9), {}),
        ([abi3((3, 15), kind="abi3t", feature="abi3t-py315")], (3, 9), {"abi3t": "3.15"}),
    ],
)
def test_a_floor_that_the_automatic_one_would_not_be_is_kept(
    found: list[Hardcoded], automatic: tuple[int, int] | None, values: dict[str, str]
) -> None:
    assert own_table.wanted(found, automatic, []) == own_table.OwnTable(values, [])


def test_conditions_that_say_more_than_a_floor_become_overrides_the_lowest_floor_last() -> None:
    table = own_table.wanted([abi3((3, 8), condition=OLDER), abi3((3, 11), condition=NEWER)], (3, 8), ["b", "a"])
    assert table.values == {"abi3": "off", "abi3-crate-features": ["a", "b"]}
    assert table.overrides == [
        {"if": {"python-version": ">=3.11"}, "abi3": "3.11"},
        {"if": {"python-version": "<3.11", "implementation": "cpython"}, "abi3": "3.8"},
    ]
    lower = own_table.wanted([abi3((3, 10)), abi3((3, 8), condition=OLDER), abi3((3, 11), condition=NEWER)], None, [])
    assert (lower.values, [one["abi3"] for one in lower.overrides]) == ({"abi3": "3.10"}, ["3.8"])


def tree(root: Path, *names: str, **texts: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(texts.get(name.replace("/", "_").replace(".", "_"), ""))
    return root


def test_uv_watches_the_sources_and_not_what_a_build_writes(tmp_path: Path) -> None:
    names = (
        "pyproject.toml",
        "setup.py",
        "Cargo.lock",
        "build.rs",
        "src/lib.rs",
        "src/a/b.rs",
        "docs/x.md",
        "tests/t.rs",
    )
    root = tree(tmp_path, *names, "target/debug/out.rs", ".cargo/config.toml", "inner/src/lib.rs", "inner/lib.rs")
    (root / "src/lib.rs").write_text('#![doc = include_str!("../docs/x.md")] include!("a/b.rs"); include_str!("none")')
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n[dependencies]\ninner = { path = "inner" }\n')
    (root / "inner/Cargo.toml").write_text('[package]\nname = "inner"\n')
    written = read_all(root, [root / "Cargo.toml"])
    assert cache_keys(root, written) == [
        "pyproject.toml",
        "setup.py",
        "Cargo.toml",
        "build.rs",
        "src/**/*.rs",
        "docs/x.md",
        "Cargo.lock",
        ".cargo/config.toml",
        "inner/Cargo.toml",
        "inner/lib.rs",
        "inner/src/**/*.rs",
    ]


def test_files_of_one_folder_that_are_taken_in_are_one_glob(tmp_path: Path) -> None:
    root = tree(tmp_path, "src/lib.rs", "d/1.md", "d/2.md", "d/3.md", "d/4.txt")
    (root / "src/lib.rs").write_text("".join(f'include_str!("../d/{n}");' for n in ("1.md", "2.md", "3.md", "4.txt")))
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n')
    keys = cache_keys(root, read_all(root, [root / "Cargo.toml"]))
    assert keys == ["pyproject.toml", "Cargo.toml", "src/**/*.rs", "d/*.md", "d/4.txt"]
    assert unwatched(root, ["*.toml", {"file": "src/*.rs"}, {"file": "d/[12].md"}, {"git": True}], keys) == [
        "d/*.md",
        "d/4.txt",
    ]


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("src/**/*.rs", True),
        ("**/*.rs", True),
        ("*.rs", True),  # at any depth, as in .gitignore
        ("./src/*", True),
        ("s*/*.rs", False),
        ("src/{lib,a/b}.rs", True),
        ("src/lib.rs", False),
        ("src/[!a]*", True),
        ("src/[!b]*", False),
        ("src/**/b.rs", False),
    ],
)
def test_a_key_that_matches_every_source_is_enough(key: str, seen: bool, tmp_path: Path) -> None:
    tree(tmp_path, "src/lib.rs", "src/a/b.rs")
    assert unwatched(tmp_path, [{"file": key}, {"dir": "src"}], ["src/**/*.rs"]) == ([] if seen else ["src/**/*.rs"])


BACKEND = """
import pathlib, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with open("built", "a") as file:
        file.write("x")
    with zipfile.ZipFile(pathlib.Path(folder, "t-1-py3-none-any.whl"), "w") as wheel:
        info = {"METADATA": "Metadata-Version: 2.1\\nName: t\\nVersion: 1", "RECORD": ""}
        info["WHEEL"] = "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any"
        for name, text in info.items():
            wheel.writestr("t-1.dist-info/" + name, text)
    return "t-1-py3-none-any.whl"
"""


@pytest.mark.skipif(shutil.which("uv") is None, reason="not run: there is no uv")
@pytest.mark.parametrize(
    "key", ["src/*.rs", "src/**/*.rs", "src/l?b.rs", "src/[!l]*", "{src,x}/lib.rs", "./src/lib.rs"]
)
def test_uv_builds_anew_where_the_keys_match_by_our_rules(key: str, tmp_path: Path) -> None:
    names = ("src/lib.rs", "src/target/lib.rs")
    root = tree(tmp_path / "project", *names)
    (root / "back.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'
        f'[project]\nname = "t"\nversion = "1"\n[tool.uv]\ncache-keys = [{{ file = "{key}" }}]\n'
    )

    def sync() -> int:
        uv = ["uv", "sync", "--offline", "--quiet", "--no-config", "--cache-dir", str(tmp_path / "cache")]
        uv += ["--python", sys.executable]
        environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        subprocess.run(uv, cwd=root, check=True, capture_output=True, env=environ)
        return len((root / "built").read_text())

    builds = sync()
    for name in names:
        (root / name).write_text("// changed")
        again = sync()
        assert (again > builds) == (unwatched(root, [{"file": key}], [name]) == [])
        builds = again
    assert sync() == builds


def test_a_feature_that_the_sources_or_the_build_script_ask_for_gates_code(tmp_path: Path) -> None:
    root = tree(tmp_path, "src/lib.rs", "build.rs", "target/x.rs", "tests/t.rs")
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n[features]\none = []\ntwo-b = []\nthree = []\nfour = []\n')
    (root / "src/lib.rs").write_text(
        '#[cfg(all(unix,\n    feature="one"))]\nfn f() {}\n#[cfg(feature = "other")] fn g() {}'
    )
    (root / "build.rs").write_text('std::env::var("CARGO_FEATURE_TWO_B")')
    for name in ("target/x.rs", "tests/t.rs"):
        (root / name).write_text('#[cfg(feature = "three")]')
    (crate,) = read_all(root, [root / "Cargo.toml"])
    assert gates(crate) == {"one", "two-b"}


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    changes = [Change(tmp_path / name, name, "", name) for name in "ab"]
    missing = Change(tmp_path / "none" / "c", "none/c", "", "c")
    with pytest.raises(ProjectError, match="every file is as it was") as failed:
        write.write([*changes, missing])
    assert failed.value.place == Place("none/c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text() == ""
    write.write(changes)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["a", "b"]


@pytest.mark.parametrize("failure", [PermissionError(13, "Permission denied"), KeyboardInterrupt()])
def test_a_failure_between_two_files_puts_the_first_back(
    failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "c").write_text("old")
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "c":
            raise failure
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    changes = [Change(tmp_path / name, name, "old" if name != "b" else "", "new") for name in "abc"]
    with pytest.raises((ProjectError, KeyboardInterrupt)) as failed:
        write.write(changes)
    if isinstance(failed.value, ProjectError):
        assert failed.value.place == Place("c")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "c": "old"}


def test_a_file_that_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("newer")
    with pytest.raises(ProjectError, match="has changed since it was read"):
        write.write([Change(tmp_path / "a", "a", "old", "new")])
    assert (tmp_path / "a").read_text() == "newer"


def test_modes_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write.write([Change(tmp_path / "link", "link", "old", "new")])
    assert (tmp_path / "link").is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new", 0o640)
