"""setuptools-rust as the delegate: parity, messages, and what the plan does to a project."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.examples import example
from support.files import replace
from support.pythons import call, pythons
from support.setuptools_project import (
    C_MODULE,
    DOUBLE,
    OWN,
    SETUP,
    TABLE,
    extensions,
    limited,
    project,
    wheel_line,
    with_setup_py,
)

pytestmark = pytest.mark.build


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """One message with one line of help, exit status 1, no traceback."""
    assert result.returncode == 1, result.stderr
    for word in words:
        assert word in result.stderr, result.stderr
    # A hook's messages have the backend's name; those of the command do not, and cargo's are never among them.
    hook = result.stderr.startswith("pyo3-features-backend: ") or "\npyo3-features-backend: " in result.stderr
    error = r"error(?:\[PFB\d+\])?: "
    own = f"pyo3-features-backend: {error}" if hook else error
    assert len(re.findall(rf"^{own}", result.stderr, re.MULTILINE)) == 1
    assert "help: " in result.stderr
    assert "Traceback" not in result.stderr


def test_one_wheel_is_imported_by_every_python_from_its_floor_up(build: Build, tmp_path: Path) -> None:
    result = build(project(tmp_path))
    wheel = wheel_of(tmp_path, result)
    line = "pyo3-features-backend: cp39-abi3 for mixed-pyo3 (requires-python >=3.9, PyO3 0.30"
    assert line in result.stderr
    assert "-cp39-abi3-" in wheel.name
    assert extensions(wheel) == ["mixed/_native.abi3.so"]
    for version, python in pythons().items():
        if tuple(map(int, version.split("."))) >= (3, 9):
            assert call(python, wheel, DOUBLE) == "42"


def test_requires_python_of_setup_py_gives_the_floor(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "pyo3_features_backend"\n')
    (root / "setup.py").write_text(
        SETUP.format(
            extension="",
            keywords='name="mixed", version="1", package_dir={"": "python"}, packages=["mixed"], '
            'python_requires=">=3.10"',
        )
    )
    wheel = wheel_of(tmp_path, build(root))
    assert f"-{'cp310-abi3' if sys.version_info >= (3, 10) else OWN + '-' + OWN}-" in wheel.name
    assert call(sys.executable, wheel, DOUBLE) == "42"


def test_several_extensions_a_program_and_every_keyword_go_into_one_abi3_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    second = root / "second"
    (second / "src").mkdir(parents=True)
    (second / "Cargo.toml").write_text(
        '[package]\nname = "second"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\nname = "_second"\n'
        'crate-type = ["cdylib"]\n\n[[bin]]\nname = "say"\npath = "src/main.rs"\n\n'
        '[features]\nloud = []\n\n[dependencies]\npython = { package = "pyo3", version = "0.30" }\n'
    )
    (second / "src" / "lib.rs").write_text(
        'use python as pyo3;\nuse pyo3::prelude::*;\n#[pymodule]\n#[pyo3(crate = "python")]\nmod _second {\n'
        "    use super::*;\n    #[pymodule_init]\n    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {\n"
        '        module.add("loud", cfg!(feature = "loud"))?;\n'
        '        module.add("told", option_env!("TOLD").unwrap_or("nothing"))\n    }\n}\n'
    )
    (second / "src" / "main.rs").write_text('fn main() { println!("said"); }\n')
    shutil.copy(root / "Cargo.lock", second)
    replace(second / "Cargo.lock", 'name = "mixed"', 'name = "second"')
    (root / "setup.py").write_text(
        SETUP.format(
            extension="), RustExtension('mixed._second', path='second/Cargo.toml', features=['loud'], "
            "args=['--profile', 'release'], cargo_manifest_args=['--locked'], env={**os.environ, 'TOLD': 'it'}"
            "), RustBin('say', path='second/Cargo.toml'",
            keywords="",
        )
    )
    replace(root / "pyproject.toml", TABLE, "")
    result = build(root)
    wheel = wheel_of(tmp_path, result)
    assert "features: pyo3/abi3-py39 python/abi3-py39" in result.stderr
    assert "-cp39-abi3-" in wheel.name
    assert sorted(extensions(wheel)) == ["mixed/_native.abi3.so", "mixed/_second.abi3.so"]
    code = "import mixed, mixed._second as s; print(mixed.double(21), s.loud, s.told)"
    for python in pythons().values():
        if python == sys.executable or "/3.13" in python:
            assert call(python, wheel, code) == "42 True it"
    with zipfile.ZipFile(wheel) as archive:
        assert "mixed_pyo3-0.1.0.data/scripts/say" in archive.namelist()


@pytest.mark.parametrize(("keeps", "tag"), [("False", f"{OWN}-{OWN}"), ("True", "cp39-abi3")])
def test_a_c_extension_beside_decides_whether_the_wheel_can_be_abi3(
    build: Build, tmp_path: Path, keeps: str, tag: str
) -> None:
    root = project(tmp_path)
    macro = '("Py_LIMITED_API", "0x03090000")' if keeps == "True" else '("ANY", "1")'
    with_setup_py(
        root,
        keywords=f'ext_modules=[Extension("mixed.c", ["c.c"], py_limited_api={keeps}, define_macros=[{macro}])],',
    )
    (root / "c.c").write_text(C_MODULE)
    result = build(root)
    wheel = wheel_of(tmp_path, result)
    assert f"-{tag}-" in wheel.name
    assert call(sys.executable, wheel, "import mixed.c; " + DOUBLE) == "42"
    if keeps == "False":
        assert "C extension mixed.c does not use the limited API" in result.stderr
        refused(build(root, config={"abi3": "3.9"}), "PFB170", "mixed.c")


@pytest.mark.parametrize("strict", [False, True])
def test_an_editable_install_is_abi3_and_imports(build: Build, tmp_path: Path, strict: bool) -> None:
    root = project(tmp_path)
    wheel = wheel_of(tmp_path, build(root, "build_editable", {"editable-mode": "strict"} if strict else None))
    assert "-cp39-abi3-" in wheel.name
    assert "cp39-abi3" in wheel_line(wheel)
    assert [file.name for file in (root / "python" / "mixed").glob("*.so")] == ["_native.abi3.so"]
    site = wheel.with_suffix("")
    shutil.unpack_archive(wheel, site, "zip")
    code = f"import site; site.addsitedir({str(site)!r}); {DOUBLE}"
    for python in pythons().values():
        if python == sys.executable or "/3.13" in python:
            said = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert said.stdout == "42\n", said.stderr


def test_metadata_needs_no_cargo_and_is_the_wheels(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    result = build(root, "prepare_metadata_for_build_wheel", PATH=str(tmp_path / "nothing"))
    assert result.returncode == 0, result.stderr
    (prepared,) = (tmp_path / "dist").glob("*.dist-info")
    text = (prepared / "METADATA").read_text()
    shutil.rmtree(tmp_path / "dist")
    wheel = wheel_of(tmp_path, build(root))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"{prepared.name}/METADATA").decode() == text


def test_the_sdist_builds_into_the_same_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "MANIFEST.in").write_text("include Cargo.toml Cargo.lock\nrecursive-include src *\n")
    assert build(root, "build_sdist").returncode == 0
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    shutil.unpack_archive(sdist, tmp_path / "unpacked")
    sdist.unlink()
    assert "-cp39-abi3-" in wheel_of(tmp_path, build(tmp_path / "unpacked" / "mixed_pyo3-0.1.0")).name


@pytest.mark.parametrize(
    "place",
    ["setup.cfg", "extra", "option", "setup.py", "command class", "extension"],
)
@pytest.mark.parametrize("agreeing", [True, False])
def test_a_py_limited_api_that_disagrees_is_an_error_naming_both(
    build: Build, tmp_path: Path, place: str, agreeing: bool
) -> None:
    root = project(tmp_path)
    config: dict[str, str] = {}
    environment: dict[str, str] = {}
    named = place
    if place == "setup.cfg":
        limited(root)
        named = "setup.cfg:2"
    elif place == "extra":
        limited(root)
        (root / "setup.cfg").rename(tmp_path / "extra.cfg")
        environment["DIST_EXTRA_CONFIG"] = str(tmp_path / "extra.cfg")
        named = "extra.cfg:2"
    elif place == "option":
        config["--build-option"] = "--py-limited-api=cp39"
        named = "config setting --build-option"
    elif place == "setup.py":
        with_setup_py(root, keywords='options={"bdist_wheel": {"py_limited_api": "cp39"}},')
        named = "setup.py:7"
    elif place == "extension":
        with_setup_py(root, extension=", py_limited_api=" + str(agreeing))
        named = "setup.py:6"
    else:
        with_setup_py(root, keywords="cmdclass={'bdist_wheel': Wheel},")
        setup = root / "setup.py"
        setup.write_text(
            "from setuptools.command.bdist_wheel import bdist_wheel\n\n\nclass Wheel(bdist_wheel):\n"
            "    def finalize_options(self):\n        super().finalize_options()\n"
            '        self.py_limited_api = "cp39"\n\n\n' + setup.read_text()
        )
        named = "setup.py:7"
    environment["PYO3_FEATURES_BACKEND_ABI3"] = "3.9" if agreeing or place == "extension" else "3.10"
    if agreeing:
        assert "-cp39-abi3-" in wheel_of(tmp_path, build(root, config=config, **environment)).name
        return
    if sys.version_info < (3, 10) and place != "extension":
        pytest.skip("not run: the floor 3.10 that it disagrees with is above this Python")
    result = build(root, config=config, **environment)
    refused(result, named, f"abi3 = '{environment['PYO3_FEATURES_BACKEND_ABI3']}'")
    assert not list((tmp_path / "dist").glob("*.whl"))


def test_an_optional_extension_that_does_not_compile_is_left_out_and_said(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", TABLE, TABLE + "optional = true\n")
    (root / "src" / "lib.rs").write_text("fn broken( {}\n")
    (root / "python" / "mixed" / "__init__.py").write_text("double = lambda number: number * 2\n")
    result = build(root)
    wheel = wheel_of(tmp_path, result)
    assert "warning[PFB180]: " in result.stderr
    assert "optional Rust extension mixed._native could not be built, so mixed_pyo3-0.1.0" in result.stderr
    assert extensions(wheel) == []
    assert call(sys.executable, wheel, DOUBLE) == "42"


def test_an_optional_extension_without_its_manifest_is_left_out_and_said(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", TABLE, TABLE + 'optional = true\npath = "nowhere/Cargo.toml"\n')
    result = build(root)
    assert extensions(wheel_of(tmp_path, result)) == []
    assert "warning[PFB180]: optional Rust extension mixed._native: there is no nowhere/Cargo.toml" in result.stderr


def test_an_optional_extension_for_a_newer_rustc_is_left_out_and_said(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", TABLE, TABLE + "optional = true\n")
    replace(root / "Cargo.toml", 'edition = "2021"', 'edition = "2021"\nrust-version = "1.999"')
    result = build(root)
    assert extensions(wheel_of(tmp_path, result)) == []
    assert "is older than 1.999, which the crate mixed needs" in result.stderr


def test_an_optional_extension_without_cargo_is_left_out_and_said(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", TABLE, TABLE + "optional = true\n")
    result = build(root, PATH=str(tmp_path / "nothing"))
    assert extensions(wheel_of(tmp_path, result)) == []
    assert "warning[PFB180]: " in result.stderr
    assert "rustc is not installed" in result.stderr


def test_a_failed_compile_names_the_wheel_and_not_the_floor_that_is_not_to_blame(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "src" / "lib.rs").write_text("fn broken( {}\n")
    result = build(root)
    refused(
        result, "setuptools-rust could not build cp39-abi3: `cargo", "help: see the output of setuptools-rust and cargo"
    )
    assert "limited API" not in result.stderr
    assert not list((tmp_path / "dist").glob("*.whl"))


def explain(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pyo3_features_backend", "explain", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_explain_shows_the_plan_of_the_build_and_runs_setup_py_once(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    with_setup_py(root)
    count = tmp_path / "count"
    setup = root / "setup.py"
    setup.write_text(f"print('noise')\nopen({str(count)!r}, 'a').write('x')\n" + setup.read_text())
    (root / "Cargo.lock").unlink()
    before = sorted(root.rglob("*"))
    result = explain(root, "--json")
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["wheel"] == {"python_tag": "cp39", "abi_tag": "abi3"}
    assert facts["project"]["delegate"] == "setuptools-rust"
    assert facts["features"] == ["pyo3/abi3-py39"]
    assert count.read_text() == "x"
    assert sorted(root.rglob("*")) == before
    assert "-cp39-abi3-" in wheel_of(tmp_path, build(root)).name
    assert count.read_text() == "xx"


def test_a_setup_py_can_leave_rust_out_of_a_build_as_for_pypy(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    with_setup_py(root)
    replace(root / "setup.py", "extensions=[", 'extensions=[] if os.environ.get("NO_RUST") else [')
    for hook in ("build_wheel", "build_editable"):
        result = build(root, hook, NO_RUST="1", PATH=str(tmp_path / "no-cargo"))
        wheel = wheel_of(tmp_path, result)
        assert wheel.name.endswith("-py3-none-any.whl")
        assert extensions(wheel) == []
        line = "a wheel without Rust for mixed-pyo3: setup.py declares no Rust extension for this build"
        assert f"pyo3-features-backend: {line}\n" in result.stderr
    assert "-cp39-abi3-" in wheel_of(tmp_path, build(root)).name


@pytest.mark.parametrize(("file", "code"), [("src/lib.rs", 'compile_error!("no");'), ("Cargo.toml", "[")])
def test_a_setup_py_can_build_without_rust_after_it_has_failed_with_it(
    build: Build, tmp_path: Path, file: str, code: str
) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", TABLE, "")
    (root / "setup.py").write_text(
        "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
        'try:\n    setup(rust_extensions=[RustExtension("mixed._native")])\nexcept SystemExit:\n    setup()\n'
    )
    (root / file).write_text(code)
    result = build(root)
    assert wheel_of(tmp_path, result).name.endswith("-py3-none-any.whl")
    assert "without Rust for mixed-pyo3: setup.py declares no Rust extension for this build\n" in result.stderr
    refused_first = "pyo3-features-backend: warning: `cargo metadata` failed"
    assert (refused_first in result.stderr) == (file == "Cargo.toml")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise ValueError('no luck')", ("setup.py:1: setup.py raises ValueError: no luck",)),
        ("import sys\nsys.exit('enough')", ("setup.py:2: setup.py ends the build: sys.exit('enough')",)),
        ("import nowhere_to_be_found", ("setup.py:1: setup.py imports nowhere_to_be_found, which is not installed",)),
        ("from setuptools import setup\n\nsetup()", ("setup.py:3: the project declares no Rust extension",)),
        ("pass", ("setup.py: setup.py ends without calling setup()",)),
        ("def (", ("setup.py:1: setup.py is not valid Python",)),
        ("from setuptools import setup\nsetup(rust_extensions=3)", ("setup.py:2: ", "TypeError")),
        (SETUP.format(extension=", path='nowhere/Cargo.toml'", keywords=""), ("there is no nowhere/Cargo.toml",)),
    ],
)
def test_a_bad_setup_py_is_one_message_with_its_place(
    build: Build, tmp_path: Path, code: str, words: tuple[str, ...]
) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", TABLE, "")
    (root / "setup.py").write_text(code)
    refused(build(root), *words)
    assert not list((tmp_path / "dist").glob("*.whl"))
    refused(explain(root), *words)


def test_a_virtual_manifest_is_one_message(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["inner"]\nresolver = "2"\n')
    (root / "inner").mkdir()
    shutil.copytree(root / "src", root / "inner" / "src")
    shutil.copy(example("setuptools", tmp_path / "again") / "Cargo.toml", root / "inner")
    refused(build(root), "Cargo.toml:1: this is a workspace without a package of its own", "`path`")


def test_requirements_name_what_is_missing(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)

    def asked(environment: str = "") -> list[str]:
        code = f"{environment}import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
        ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
        return list(json.loads(ran.stdout.replace("'", '"')))

    assert asked() == ["setuptools-rust>=1.11", "setuptools>=77"]
    replace(root / "pyproject.toml", 'backend"]', 'backend", "setuptools", "setuptools_rust"]')
    assert asked() == []
    threaded = (
        "from pyo3_features_backend.facts import interpreter as t; r = t.running()._replace(implementation='cpython', "
        "version=(3, 15), free_threaded=True); t.running = lambda: r; "
    )
    assert asked(threaded) == ["setuptools>=84.2"]
    replace(
        root / "pyproject.toml", "[tool.setuptools.", '[tool.pyo3-features-backend]\nabi3t = "off"\n\n[tool.setuptools.'
    )
    assert asked(threaded) == []


@pytest.mark.parametrize("package", ["setuptools", "setuptools_rust"])
def test_a_delegate_that_is_too_old_is_one_message(build: Build, tmp_path: Path, package: str) -> None:
    # Older metadata in front of the real one: nothing older is installed beside what the other tests need.
    old = tmp_path / "old" / f"{package}-1.0.dist-info"
    old.mkdir(parents=True)
    (old / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    name = package.replace("_", "-")
    refused(build(project(tmp_path), PYTHONPATH=str(old.parent)), f"{name} 1.0 is too old")


def test_the_entry_point_is_inert_in_other_builds(build: Build, tmp_path: Path) -> None:
    result = build(project(tmp_path), backend="setuptools.build_meta")
    assert f"-{OWN}-{OWN}-" in wheel_of(tmp_path, result).name
    assert "pyo3-features-backend" not in result.stderr
