"""Where abi3 and extension-module are hard-coded: every place, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources import hardcoded
from pyo3_features_backend.author.sources.hardcoded import Hardcoded
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import project

MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'


SETUPTOOLS = '[build-system]\nrequires = ["setuptools", "setuptools-rust"]\nbuild-backend = "setuptools.build_meta"\n'


PACKAGE = '[package]\nname = "{}"\nversion = "0.1.0"\n'


def find(root: Path, files: dict[str, str]) -> list[Hardcoded]:
    for name, text in {"pyproject.toml": MATURIN, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return hardcoded.find(project.load(root))


def crate(text: str, name: str = "demo") -> str:
    return PACKAGE.format(name) + text


def told(found: list[Hardcoded]) -> list[str]:
    """One line for each: place, kind, word, what it is in; then what is special."""
    lines = []
    for one in found:
        more = "" if one.on else " off"
        more += f" through {' '.join(one.through)}" if one.through else ""
        lines.append(f"{one.place} {one.kind} {one.feature} {one.where}{more}")
    return lines


@pytest.mark.parametrize(
    "dependency",
    [
        '[dependencies]\npyo3 = { version = "0.30", features = ["serde", "abi3-py39"] }',
        '[dependencies]\npyo3.features = ["abi3-py39"]',
        '[dependencies]\npy = { package = "pyo3", version = "0.30", features = ["abi3-py39"] }',
        '[dependencies]\npyo3-ffi = { version = "0.30", features = ["abi3-py39"] }',
        '[build-dependencies]\npyo3 = { version = "0.30", features = ["abi3-py39"] }',
        '[target."cfg(unix)".dependencies]\npyo3 = { version = "0.30", features = ["abi3-py39"] }',
    ],
)
def test_a_dependency_on_pyo3_is_found_however_it_is_written(dependency: str, tmp_path: Path) -> None:
    (one,) = find(tmp_path, {"Cargo.toml": crate(dependency)})
    assert (one.kind, one.feature, one.where, one.floor, one.on) == ("abi3", "abi3-py39", "dependency", (3, 9), True)
    assert (one.place.file, one.place.line, one.path[-1]) == ("Cargo.toml", 5, "features")


def test_a_table_of_its_own_and_a_list_of_several_lines_name_the_line_of_the_word(tmp_path: Path) -> None:
    text = (
        '[dependencies.pyo3]\nversion = "0.30"\nfeatures = [\n  "macros",\n  "abi3",  # why\n  "extension-module",\n]\n'
    )
    found = find(tmp_path, {"Cargo.toml": crate(text)})
    assert told(found) == [
        "Cargo.toml:8 abi3 abi3 dependency",
        "Cargo.toml:9 extension-module extension-module dependency",
    ]
    assert found[0].floor is None
    assert found[0].path == ("dependencies", "pyo3", "features")


def test_dev_dependencies_other_features_and_other_packages_are_left_alone(tmp_path: Path) -> None:
    text = (
        '[dependencies]\npyo3 = { version = "0.30", features = ["generate-import-lib", "auto-initialize"] }\n'
        'other = { version = "1", features = ["abi3", "extension-module"] }\n'
        '[dev-dependencies]\npyo3 = { version = "0.30", features = ["abi3-py39"] }\n'
        '[features]\nabi3 = []\nextension-module = ["other/extension-module"]\n'
    )
    assert find(tmp_path, {"Cargo.toml": crate(text)}) == []


def test_features_of_the_crate_are_followed_to_pyo3_and_the_ones_that_are_off_say_so(tmp_path: Path) -> None:
    text = (
        '[dependencies]\npyo3 = { version = "0.30", optional = true }\n'
        '[features]\ndefault = ["python"]\npython = ["dep:pyo3", "module"]\nmodule = ["pyo3/extension-module"]\n'
        'abi = ["pyo3?/abi3-py38"]\n'
    )
    assert told(find(tmp_path, {"Cargo.toml": crate(text)})) == [
        "Cargo.toml:7 extension-module python crate-feature through python module",
        "Cargo.toml:8 extension-module module crate-feature through module",
        "Cargo.toml:9 extension-module pyo3/extension-module crate-feature",
        "Cargo.toml:10 abi3 pyo3?/abi3-py38 crate-feature off",
    ]


def test_features_that_name_each_other_come_to_an_end(tmp_path: Path) -> None:
    text = '[dependencies]\npyo3 = "0.30"\n[features]\na = ["b", "pyo3/abi3"]\nb = ["a"]\n'
    assert told(find(tmp_path, {"Cargo.toml": crate(text)})) == [
        "Cargo.toml:7 abi3 b crate-feature off through b a",
        "Cargo.toml:7 abi3 pyo3/abi3 crate-feature off",
        "Cargo.toml:8 abi3 a crate-feature off through a",
    ]


def test_the_workspace_and_path_dependencies_take_part_and_strangers_do_not(tmp_path: Path) -> None:
    found = find(
        tmp_path,
        {
            "pyproject.toml": MATURIN + '[tool.maturin]\nmanifest-path = "crates/py/Cargo.toml"\n',
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.dependencies]\n'
            'pyo3 = { version = "0.30", features = ["abi3-py310"] }\n'
            'inner = { path = "crates/inner", default-features = false }\n',
            "crates/py/Cargo.toml": crate("[dependencies]\npyo3.workspace = true\ninner = { workspace = true }\n"),
            "crates/inner/Cargo.toml": crate(
                '[dependencies]\npyo3.workspace = true\n[features]\ndefault = ["pyo3/extension-module"]\n', "inner"
            ),
            "crates/stranger/Cargo.toml": crate('[dependencies]\npyo3 = { version = "1", features = ["abi3"] }\n', "s"),
        },
    )
    assert told(found) == [
        "crates/inner/Cargo.toml:7 extension-module pyo3/extension-module crate-feature off",
        "Cargo.toml:4 abi3 abi3-py310 workspace-dependency",
    ]


def test_a_feature_of_a_path_dependency_is_a_use_of_it(tmp_path: Path) -> None:
    found = find(
        tmp_path,
        {
            "Cargo.toml": crate(
                '[dependencies]\ninner = { path = "inner", features = ["limited"] }\n'
                '[features]\ndefault = ["inner/module"]\n'
            ),
            "inner/Cargo.toml": crate(
                '[dependencies]\npyo3 = "0.30"\n'
                '[features]\nlimited = ["pyo3/abi3-py311"]\nmodule = ["pyo3/extension-module"]\n',
                "inner",
            ),
        },
    )
    assert told(found) == [
        "Cargo.toml:5 abi3 limited dependency through limited",
        "Cargo.toml:7 extension-module inner/module crate-feature through inner/module module",
        "inner/Cargo.toml:7 abi3 pyo3/abi3-py311 crate-feature",
        "inner/Cargo.toml:8 extension-module pyo3/extension-module crate-feature",
    ]


MATURIN_FEATURES = """
[tool.maturin]
features = [
    "pyo3/extension-module",
    { feature = "pyo3/abi3-py311", python-version = ">=3.11", python-implementation = "cpython" },
    "abi",
    "fast",
]
"""


def test_the_features_of_maturin_plain_and_conditional(tmp_path: Path) -> None:
    manifest = crate('[dependencies]\npyo3 = "0.30"\n[features]\nabi = ["pyo3/abi3-py38"]\nfast = []\n')
    found = find(tmp_path, {"pyproject.toml": MATURIN + MATURIN_FEATURES, "Cargo.toml": manifest})
    assert told(found) == [
        "Cargo.toml:7 abi3 pyo3/abi3-py38 crate-feature",
        "pyproject.toml:7 extension-module pyo3/extension-module maturin",
        "pyproject.toml:8 abi3 pyo3/abi3-py311 maturin",
        "pyproject.toml:9 abi3 abi maturin through abi",
    ]
    assert found[2].condition == (("python-implementation", "cpython"), ("python-version", ">=3.11"))


@pytest.mark.parametrize(
    ("line", "on"), [("", True), ("no-default-features = true", False), ("all-features = true", True)]
)
def test_whether_the_default_features_are_on_is_for_maturins_table_to_say(line: str, on: bool, tmp_path: Path) -> None:
    manifest = crate('[dependencies]\npyo3 = "0.30"\n[features]\ndefault = ["abi"]\nabi = ["pyo3/abi3-py38"]\n')
    if line == "all-features = true":
        manifest = manifest.replace('default = ["abi"]\n', "")
    found = find(tmp_path, {"pyproject.toml": f"{MATURIN}[tool.maturin]\n{line}\n", "Cargo.toml": manifest})
    assert [one.on for one in found if not one.through] == [on]


SETUP_PY = """from setuptools import setup
from setuptools_rust import Binding, RustBin, RustExtension
MORE = ["pyo3/abi3-py310"]

setup(
    rust_extensions=[
        RustExtension(
            "demo._demo",
            "rust/Cargo.toml",
            features=["limited", "pyo3/extension-module"],
            py_limited_api=True,
        ),
        RustExtension("demo.other", path="rust/Cargo.toml", args=["--features", "limited"]),
        RustBin("tool", path="rust/Cargo.toml", py_limited_api="auto", features=MORE),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp39", "universal": False}},
)
"""


def test_setup_py_is_read_and_not_run(tmp_path: Path) -> None:
    manifest = crate('[dependencies]\npyo3 = "0.30"\n[features]\nlimited = ["pyo3/abi3-py39"]\n')
    files = {"pyproject.toml": SETUPTOOLS, "setup.py": SETUP_PY + "raise SystemExit\n", "rust/Cargo.toml": manifest}
    found = find(tmp_path, files)
    assert told(found) == [
        "rust/Cargo.toml:7 abi3 pyo3/abi3-py39 crate-feature",
        "setup.py:3 abi3 pyo3/abi3-py310 setup.py",
        "setup.py:10 abi3 limited setup.py through limited",
        "setup.py:10 extension-module pyo3/extension-module setup.py",
        "setup.py:11 abi3 True setup.py",
        "setup.py:13 abi3 limited setup.py through limited",
        "setup.py:16 abi3 cp39 setup.py",
    ]
    assert [one.owner for one in found[2:6]] == ["demo._demo", "demo._demo", "demo._demo", "demo.other"]
    assert found[-1].floor == (3, 9)


def test_a_limited_api_that_setup_py_computes_is_found_too(tmp_path: Path) -> None:
    text = "class Wheel(bdist_wheel):\n    def finalize_options(self):\n        self.py_limited_api = 'cp38'\n"
    text += "sys.argv.append('--py-limited-api=cp38')\nOPTIONS = {'py_limited_api': f'cp3{minor}'}\n"
    found = find(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": text})
    assert told(found) == [
        "setup.py:3 abi3 cp38 setup.py",
        "setup.py:4 abi3 cp38 setup.py",
        "setup.py:5 abi3 py_limited_api setup.py",
    ]


def test_setup_cfg_and_the_tables_of_setuptools_in_pyproject(tmp_path: Path) -> None:
    pyproject = (
        '[[tool.setuptools-rust.ext-modules]]\ntarget = "a"\nfeatures = ["pyo3/abi3-py39"]\npy-limited-api = true\n'
        '[[tool.setuptools-rust.ext-modules]]\ntarget = "b"\nargs = ["--features=limited", "--no-default-features"]\n'
        'py-limited-api = "auto"\n[tool.distutils.bdist_wheel]\npy-limited-api = "cp311"\n'
    )
    manifest = '[dependencies]\npyo3 = "0.30"\n[features]\nlimited = ["pyo3/abi3"]\n'
    files = {
        "pyproject.toml": SETUPTOOLS + pyproject,
        "setup.cfg": "[metadata]\npy_limited_api = cp36\n\n[bdist_wheel]\nuniversal = 0\npy_limited_api = cp39 ; why\n",
        "Cargo.toml": crate(manifest),
    }
    found = find(tmp_path, files)
    assert told(found) == [
        "Cargo.toml:7 abi3 pyo3/abi3 crate-feature",
        "pyproject.toml:6 abi3 pyo3/abi3-py39 setuptools-rust",
        "pyproject.toml:7 abi3 true setuptools-rust",
        "pyproject.toml:10 abi3 limited setuptools-rust through limited",
        "pyproject.toml:13 abi3 cp311 distutils",
        "setup.cfg:6 abi3 cp39 setup.cfg",
    ]
    assert [one.path[-1] for one in found] == [
        "limited",
        "features",
        "py-limited-api",
        "args",
        "py-limited-api",
        "py_limited_api",
    ]
    assert [one.floor for one in found[-2:]] == [(3, 11), (3, 9)]


def test_the_free_threaded_stable_abi_is_a_kind_of_its_own(tmp_path: Path) -> None:
    text = '[dependencies]\npyo3 = { version = "0.30", features = ["abi3t-py315", "abi3t"] }\n'
    found = find(tmp_path, {"Cargo.toml": crate(text)})
    assert [(one.kind, one.floor) for one in found] == [("abi3t", (3, 15)), ("abi3t", None)]


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as broken:
        find(tmp_path, {"Cargo.toml": crate("[dependencies\n")})
    assert broken.value.place and str(broken.value.place) == "Cargo.toml:4"
    with pytest.raises(ProjectError) as unfinished:
        find(tmp_path, {"Cargo.toml": crate(""), "setup.py": "import x\nsetup(\n"})
    assert unfinished.value.place and str(unfinished.value.place) == "setup.py:2"
