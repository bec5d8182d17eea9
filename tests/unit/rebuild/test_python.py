"""Which build scripts see the Python, and the one configuration for all Pythons."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.facts import config_file
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.graph import Script
from pyo3_features_backend.rebuild import python

SEEN = [
    ("fn main() { pyo3_build_config::use_pyo3_cfgs(); }", False),
    ("// why\nuse pyo3_build_config::use_pyo3_cfgs;\nfn main() {\n    use_pyo3_cfgs();\n}\n", False),
    ('fn main() { println!("cargo:rerun-if-changed=build.rs"); pyo3_build_config::use_pyo3_cfgs(); }', False),
    ("fn main() { pyo3_build_config::add_libpython_rpath_link_args(); }", True),
    ("fn main() { let _ = pyo3_build_config::get(); }", True),
    ('fn main() { std::process::Command::new("python3"); }', True),
    ("mod more;\nfn main() { pyo3_build_config::use_pyo3_cfgs(); }", True),
    ('fn main() { println!("cargo:rustc-env=A={}", env!("PATH")); }', True),
    ("fn main() {}", False),
    ('fn main() { if std::env::var("CARGO_CFG_TARGET_OS").is_ok() { println!("cargo:rustc-cfg=a"); } }', False),
    ('fn main() { std::env::var("PATH"); }', True),
]


@pytest.mark.parametrize(("text", "seen"), SEEN)
def test_which_build_scripts_may_see_the_python(text: str, seen: bool, tmp_path: Path) -> None:
    file = tmp_path / "build.rs"
    file.write_text(text)
    assert python.sees(Script("own", "build-script", file, True)) is seen
    assert python.sees(Script("own", "proc-macro", file, True))
    assert not python.sees(Script("pyo3-ffi", "build-script", file, False))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("fn main() { cc(); }", False),
        ('fn main() { std::env::var("PYO3_PYTHON"); }', True),
        ('fn main() { std::process::Command::new("python3"); }', True),
    ],
)
def test_a_published_build_script_is_asked_whether_it_speaks_of_python(text: str, seen: bool, tmp_path: Path) -> None:
    file = tmp_path / "build.rs"
    file.write_text(text)
    assert python.sees(Script("published", "build-script", file, False)) is seen


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="not run: the stable ABI is CPython's")
@pytest.mark.parametrize("pyo3", ["0.15.2", "0.16.6", "0.18.3", "0.22.6", "0.25.1", "0.28.3", "0.29.3", "0.30.1"])
def test_the_configuration_says_what_a_real_python_says(pyo3: str, tmp_path: Path) -> None:
    target = running()
    file = python.write(tmp_path, (3, 7), target.pointer_width, pyo3)
    assert file is not None
    found = config_file.resolve(sys.executable, pyo3)
    real = found._replace(version=(3, 7), abi=found.abi._replace(kind="abi3", version=(3, 7)))
    own = ("lib_name", "lib_dir", "executable", "python_framework_prefix", "shared")  # of no use without linking

    def rows(text: str) -> list[str]:
        return [row for row in text.splitlines() if row.partition("=")[0] not in own]

    assert rows(file.read_text()) == rows(config_file.text(real, pyo3))
    before = file.stat().st_mtime_ns
    assert python.write(tmp_path, (3, 7), target.pointer_width, pyo3) == file
    assert file.stat().st_mtime_ns == before
