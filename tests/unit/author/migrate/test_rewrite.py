"""What the files of a project become, whatever their formatting, and what is left to its author."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.backend import BACKEND, requirement
from pyo3_features_backend.author.edits.changes import Change
from pyo3_features_backend.author.migrate.rewrite import Rewrite, Sources
from pyo3_features_backend.author.sources import manifests, setup_py
from pyo3_features_backend.facts import project as projects
from pyo3_features_backend.facts import toml
from support.files import write
from support.gated_project import CARGO, PYPROJECT
from support.migrations import MIXED, OWN, SETUP, SETUPTOOLS, migrated

pytest.importorskip("tomlkit")


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


OURS = re.compile(r"abi3(-py\d+)?|extension-module")
EDITED = re.compile(
    r"pyo3|optional|git = true|features|abi3|extension-module|requires|build-backend|maturin|uv|cache-keys|file"
    r"|limited|macros|classif|Typing"
)
PARTS = re.compile(r"\s*\]|[\s{}#,]*$|.*what they are|.*# ours")  # of an array, or a comment of what is edited

comments = st.sampled_from(["", " # c", "  # ü [x] = 'y'", "\t#"])
quotes = st.sampled_from(["'", '"'])
blanks = st.sampled_from(["", "\n", "\n\n", "# of the next\n", "\n# of nothing\n\n"])


@st.composite
def lists(draw: st.DrawFn, words: list[str]) -> str:
    """An array of strings, in one line or in several, with or without comments and a comma at the end."""
    entries = [f"{quote}{word}{quote}" for word in words for quote in [draw(quotes)]]
    if draw(st.booleans()) or not entries:
        blank = draw(st.sampled_from(["", " "]))
        return f"[{blank}{draw(st.sampled_from([', ', ',', ' , '])).join(entries)}{blank}]"
    indent = draw(st.sampled_from(["    ", "\t", ""]))
    rows = [f"{indent}{entry},{draw(comments)}" for entry in entries]
    if draw(st.booleans()):
        rows[-1] = f"{indent}{entries[-1]}{draw(comments)}"
    if draw(st.booleans()):
        rows.insert(0, f"{indent}# what they are")
    return "[\n" + "\n".join(rows) + "\n]"


@st.composite
def dependencies(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.sampled_from(["abi3-py39", "abi3", "extension-module", "macros", "serde"]), unique=True))
    quote, features = draw(quotes), draw(lists(words))
    table = draw(st.sampled_from(["dependencies", "target.'cfg(unix)'.dependencies"]))
    other = f"log = '0.4'{draw(comments)}\n"
    form = draw(st.sampled_from(["inline", "dotted", "table", "tight"]))
    if form == "inline":
        order = [f"version = {quote}0.30{quote}", f"features = {features}", "optional = false"]
        body = f"pyo3 = {{ {', '.join(draw(st.permutations(order)))} }}{draw(comments)}\n"
    elif form == "tight":
        body = f"pyo3={{features={features},version='0.30'}}{draw(comments)}\n"
    elif form == "dotted":
        body = f"pyo3.version = '0.30'\npyo3.features = {features}{draw(comments)}\n"
    else:
        return (
            f"[{table}]\n{other}{draw(blanks)}[{table}.pyo3]\nversion = '0.30'\nfeatures = {features}{draw(comments)}\n"
        )
    return f"[{table}]\n" + "".join(draw(st.permutations([other, body])))


@st.composite
def cargos(draw: st.DrawFn) -> str:
    limited = draw(lists(draw(st.lists(st.sampled_from(["pyo3/abi3-py39", "pyo3/macros"]), unique=True))))
    features = f"[features]\ndefault = []{draw(comments)}\nlimited = {limited}{draw(comments)}\n"
    old = f"[package.metadata.maturin]\nclassifier = {draw(lists(['Typing :: Typed']))}{draw(comments)}\n"
    parts = [draw(dependencies()), features, "[profile.release]\nlto = 'fat' # as built\n"]
    parts += [old] if draw(st.booleans()) else []
    package = f"{draw(blanks)}[package]{draw(comments)}\nname = 'a'\nversion = \"1.0.0\"\n"
    return "".join(part + draw(blanks) for part in [package, *draw(st.permutations(parts))])


@st.composite
def pyprojects(draw: st.DrawFn) -> str:
    requires = draw(lists(draw(st.permutations(["maturin>=1.5,<2", "numpy"]))))
    quote = draw(quotes)
    backend = f"build-backend = {quote}maturin{quote}{draw(comments)}\n"
    keys = [f"requires = {requires}{draw(comments)}\n", backend]
    system = f"[build-system]{draw(comments)}\n" + "".join(draw(st.permutations(keys)))
    words = draw(
        st.lists(st.sampled_from(["pyo3/abi3-py39", "pyo3/extension-module", "limited", "other"]), unique=True)
    )
    features = f"features = {draw(lists(words))}{draw(comments)}\n"
    maturin = draw(
        st.sampled_from(
            [
                f"[tool.maturin]\n{features}",
                f"[tool.maturin]\nstrip = true # yes\n{features}",
                f"[tool.maturin]\n# ours\n{features}",
                f"[tool]\nmaturin.strip = true\nmaturin.{features}",
                "",
            ]
        )
    )
    uv = draw(
        st.sampled_from(
            [
                "",
                "[tool.uv]\ndev = 'x' # d\n",
                "[tool.uv]\ncache-keys = [{ file = 'pyproject.toml' }] # k\n",
                "[tool.uv]\ncache-keys = [\n    'Cargo.toml', # first\n    { git = true }\n]\n",
                "[[tool.uv.index]]\nname = 'i'\nurl = 'https://example.org'\n",
            ]
        )
    )
    project = (
        f"[project]\nname = {draw(quotes).join(['', 'a', '']) or 'a'}\nversion = '1'\nrequires-python = '>=3.9' # p\n"
    )
    other = "[tool.black] # b\nline-length = 100\nexclude = '''\n(\n  [x] # no comment\n)\n'''\n"
    parts = [part for part in (system, project, maturin, uv, other) if part]
    return draw(blanks) + "".join(part + draw(blanks) for part in draw(st.permutations(parts)))


ends = st.sampled_from(["\n", "\r\n"])


def rewritten(root: Path) -> list[Change]:
    project, setup = projects.load(root), setup_py.load(root)
    written = manifests.read_all(root, manifests.extension_manifests(project, setup))
    sources = Sources(project=project, setup=setup, delegate="maturin", manifests=written, facts=None, crates={})
    return Rewrite(sources).changes()


def cargo_after(before: dict[str, Any]) -> dict[str, Any]:
    """What Cargo.toml means afterwards."""
    after = dict(before)
    for tables in (after, *after.get("target", {}).values()):
        pyo3 = tables.get("dependencies", {}).get("pyo3")
        if pyo3 and any(map(OURS.fullmatch, pyo3["features"])):
            pyo3["features"] = [word for word in pyo3["features"] if not OURS.fullmatch(word)]
            if not pyo3["features"]:
                del pyo3["features"]
    after["features"]["limited"] = [word for word in after["features"]["limited"] if word != "pyo3/abi3-py39"]
    after["package"].pop("metadata", None)
    return after


def pyproject_after(before: dict[str, Any], cargo: dict[str, Any]) -> dict[str, Any]:
    """What pyproject.toml means afterwards, but for the tables that the migration composes and empty ones."""
    before["build-system"]["requires"].insert(0, requirement())
    before["build-system"]["build-backend"] = BACKEND
    if "metadata" in cargo["package"]:
        before["project"]["classifiers"] = ["Typing :: Typed"]
    return before


def without_composed(table: dict[str, Any], limited_stays: bool) -> dict[str, Any]:
    tool = table.get("tool", {})
    tool.pop("pyo3-features-backend", None)
    tool.get("uv", {}).pop("cache-keys", None)
    features = tool.get("maturin", {}).pop("features", [])
    left = [word for word in features if word.startswith("pyo3/") or (word == "limited" and not limited_stays)]
    assert left == []
    table["tool"] = {name: value for name, value in tool.items() if value}
    return table


def kept(before: str, after: str) -> None:
    """Each line that has nothing to do with an edit is still there, in the same order, with its line end."""
    rest = iter(after.splitlines(keepends=True))
    for line in before.splitlines(keepends=True)[:-1]:
        if line.strip() and not EDITED.search(line) and not PARTS.match(line):
            assert any(line == other for other in rest), line


@given(cargos(), pyprojects(), ends, st.booleans())
@settings(max_examples=80, deadline=None, phases=[Phase.explicit, Phase.generate])  # to shrink takes minutes
def test_only_what_is_said_changes_whatever_the_formatting(cargo: str, pyproject: str, end: str, cut: bool) -> None:
    files = {"Cargo.toml": cargo, "pyproject.toml": pyproject}
    files = {name: (text.rstrip() if cut else text).replace("\n", end) for name, text in files.items()}
    before = {name: toml.parse(text) for name, text in files.items()}
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {**files, "src/lib.rs": ""})
        for change in rewritten(root):
            change.path.write_bytes(change.after.encode())
        again = rewritten(root)
        after = {name: (root / name).read_bytes().decode() for name in files}
    assert [change.shown for change in again] == []
    table = toml.parse(after["pyproject.toml"])
    emptied = before["Cargo.toml"]["features"]["limited"] == ["pyo3/abi3-py39"]
    wanted = pyproject_after(before["pyproject.toml"], before["Cargo.toml"])
    features = wanted.get("tool", {}).get("maturin", {})
    features["features"] = [word for word in features.get("features", ()) if word == "other"]
    assert without_composed(table, not emptied) == without_composed(wanted, True)
    found = toml.parse(after["Cargo.toml"])
    if found["package"].get("metadata") == {"maturin": {}}:  # a comment may be of this table
        del found["package"]["metadata"]
    assert found == cargo_after(before["Cargo.toml"])
    for name, text in files.items():
        kept(text, after[name])
        assert end == "\n" or "\n" not in after[name].replace("\r\n", "")
