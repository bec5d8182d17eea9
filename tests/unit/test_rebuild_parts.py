"""The parts of the rebuild engine by value: digests, dep-info, the tree of an sdist, variables, build scripts."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3_features_backend.facts import config_file
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.graph import Script
from pyo3_features_backend.rebuild import cache, clean, content, environment, inputs, machine, place, python

OLD = 1_000_000_000_000_000_000  # ns
steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([b"", b"one", b"two", None]), st.sampled_from([OLD, OLD + 1, 0])),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_a_remembered_digest_is_that_of_the_content(tmp_path: Path, steps: list[tuple[str, bytes | None, int]]) -> None:
    memory = tmp_path / "files.json"
    for name, data, time in steps:
        file = tmp_path / name
        if data is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(data)
            if time:
                os.utime(file, ns=(time, time))
        digests = content.Memory(memory)
        for known in "abc":
            assert digests.of(str(tmp_path / known)) == content.hashed(str(tmp_path / known))
        digests.save()


@pytest.mark.skipif(os.name == "nt", reason="not run: there the times do not tell")
def test_a_settled_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    first = content.Digests()
    first.of(str(file))
    read: list[str] = []

    def hashed(path: str) -> str:
        read.append(path)
        return "digest"

    monkeypatch.setattr(content, "hashed", hashed)
    settled = file.stat().st_ctime_ns + 3_000_000_000
    content.Digests(first.seen, settled).of(str(file))
    assert read == []
    content.Digests(first.seen, settled - 2_000_000_000).of(str(file))
    assert read == [str(file)]


def profile(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "release"
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_dep_info_is_read_as_cargo_writes_it(tmp_path: Path) -> None:
    folder = profile(
        tmp_path,
        libplain__so="",
        libplain__d=f"{tmp_path}/release/libplain.so: /a/src/lib.rs /a/with\\ space.txt\n",
        tool="",
        tool__d=f"{tmp_path}/release/tool: /a/src/main.rs\n",
    )
    (folder / "deps").mkdir()
    (folder / ".cargo-lock").touch()
    assert inputs.listed([folder], {"plain", "tool"}) == ["/a/src/lib.rs", "/a/src/main.rs", "/a/with space.txt"]
    assert inputs.listed([folder], {"tool"}) == ["/a/src/main.rs"]
    assert inputs.is_artefact_of("libplain", {"plain"})
    assert inputs.is_artefact_of("a-tool", {"a_tool"})
    assert not inputs.is_artefact_of("libplain", {"other"})


@pytest.mark.parametrize(
    "files",
    [
        {"libplain__so": ""},
        {"libplain__so": "", "libplain__d": "release/libplain.so: src/lib.rs\n"},
        {"libplain__so": "", "libplain__d": "/r/libplain.so: /a/lib.rs\n", "tool": ""},
    ],
)
def test_what_dep_info_does_not_tell_is_not_known(files: dict[str, str], tmp_path: Path) -> None:
    assert inputs.listed([profile(tmp_path, **files)], {"plain", "tool"}) is None


def test_the_tree_of_an_sdist_is_every_file_of_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("src/lib.rs", ".hidden/a", "__pycache__/b.pyc", "build/lib/c", "target/d"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1")
    (root / "link").symlink_to("src")
    known = inputs.tree(root, content.Digests())
    assert known is not None
    for name in ("src/lib.rs", ".hidden/a", "__pycache__/b.pyc", "build/lib/c", "target/d"):
        (root / name).write_text("2")
        changed = inputs.tree(root, content.Digests())
        assert changed is not None
        assert changed.digest != known.digest
        (root / name).write_text("1")
    (root / "link").unlink()
    (root / "link").symlink_to(".hidden")
    changed = inputs.tree(root, content.Digests())
    assert changed is not None
    assert changed.digest != known.digest
    inputs.restore_times(root, {**known.times, "src/lib.rs": OLD})
    assert (root / "src/lib.rs").stat().st_mtime_ns == OLD


@pytest.mark.parametrize("target", ["/etc", "..", "../outside"])
def test_a_tree_that_leads_out_of_itself_is_not_known(target: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(target)
    assert inputs.tree(root, content.Digests()) is None


def test_every_variable_counts_but_those_of_front_ends_and_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(**variables: str) -> str:
        return environment.digest(variables, tmp_path, content.Digests())

    assert digest(ANYTHING="1") != digest(ANYTHING="2") != digest()
    for name in ("PWD", "VIRTUAL_ENV", "PIP_BUILD_TRACKER", "UV_INTERNAL", "TOX_ENV_NAME", "SSH_TTY", "PYTHONHASHSEED"):
        assert digest(**{name: "1"}) == digest(**{name: "2"}) == digest()
    file = tmp_path / "flags.txt"
    file.write_text("1")
    named = [digest(OPTIONS=f"--from={file}")]
    file.write_text("2")
    named.append(digest(OPTIONS=f"--from={file}"))
    assert named[0] != named[1]
    # The folder of the environment is another one for each build.
    before = digest(PATH=f"{sys.prefix}/bin:/opt")
    monkeypatch.setattr(sys, "prefix", "/another/environment")
    assert digest(PATH="/another/environment/bin:/opt") == before != digest(PATH="/another/environment/bin")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CFLAGS", True),
        ("CFLAGS_x86_64-unknown-linux-gnu", True),
        ("HOST_CC", True),
        ("OPENSSL_DIR", True),
        ("CARGO_PROFILE_RELEASE_LTO", True),
        ("RUSTFLAGS", True),
        ("CARGO_TARGET_DIR", False),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", True),
        ("CARGO_HOME", False),
        ("PIP_CACHE_DIR", False),
        ("PYTHONPATH", False),
        ("ANYTHING", False),
    ],
)
def test_which_variables_published_crates_can_see(name: str, expected: bool) -> None:
    assert machine.counts(name) is expected


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
        ('fn main() { var("PYO3_PYTHON"); }', True),
        ('fn main() { run("python3") }', True),
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


def test_own_packages_are_those_without_a_source(tmp_path: Path) -> None:
    assert clean.packages(tmp_path) == []
    (tmp_path / "Cargo.lock").write_text(
        'version = 4\n\n[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+https://x"\nchecksum = "0"\n\n'
        '[[package]]\nname = "own"\nversion = "1.0.0"\ndependencies = [\n "a",\n]\n\n[[package]]\nname = "part"\n'
        'version = "0.1.0"\n'
    )
    assert clean.packages(tmp_path) == ["own", "part"]


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_linker_counts_by_content_wherever_it_is_named(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "mywrap"
    put(program, "#!/bin/sh\n")
    program.chmod(0o755)
    project = tmp_path / "project"
    put(project / "settings" / "extra.toml", '[target.x]\nlinker = "mywrap"\n')
    put(project / "relative" / "extra.toml", '[target.x]\nlinker = "tools/link"\n')
    put(project / "tools" / "link", "1")
    path = {"PATH": str(program.parent)}

    def digests() -> list[str]:
        inline = 'target.x.rustflags = ["-C", "linker=mywrap"]'
        given: list[tuple[dict[str, str], list[str]]] = [
            ({"RUSTFLAGS": "-Clinker=mywrap"}, []),
            ({"CARGO_ENCODED_RUSTFLAGS": "-C\x1flinker=mywrap"}, []),
            ({"RUSTFLAGS": f"-Clinker={program} " + "-Copt-level=3 " * 300}, []),
            ({}, ["settings/extra.toml"]),
            ({}, [inline]),
            ({}, ['target.x.linker = "mywrap"']),
            ({}, ["relative/extra.toml"]),
        ]
        return [machine.context([project], "", {**path, **more}, words, content.Digests()) for more, words in given]

    before = digests()
    assert digests() == before
    put(program, "#!/bin/sh\n# changed\n")
    put(project / "tools" / "link", "2")
    assert not set(digests()) & set(before)


def test_the_compiler_on_the_path_counts_by_content(tmp_path: Path) -> None:
    program = tmp_path / "rustc"
    digests = []
    for text in ("1", "2"):
        put(program, text)
        program.chmod(0o755)
        digests.append(machine.context([tmp_path], "rustc 1.0", {"PATH": str(tmp_path)}, [], content.Digests()))
    assert digests[0] != digests[1]


def test_a_record_stays_as_late_as_cargos_when_the_clock_is_set_back(tmp_path: Path) -> None:
    with place.open_place(tmp_path, "abi3-0", lambda: None) as first:
        first.renew()
        first.begin([])
        first.end("well", {"names": [], "inputs": []})
    state = tmp_path / "abi3-0" / place.STATE
    late = state.stat().st_mtime_ns
    with place.open_place(tmp_path, "abi3-0", lambda: None) as second:
        assert (second.state.ended, second.state.at) == ("well", late)
        second.begin([])
        second.end("well", {"names": [], "inputs": []})
    os.utime(state, ns=(late - 10**12, late - 10**12))
    assert place.read_state(state.parent).at >= late


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {"names": [1]},
        {"names": ["/a\0b"]},
        {"names": ["/\ud800"]},
        {"inputs": [[1]]},
        {"times": None},
        {"times": {".": "x"}},
        {"times": {".": 2**70}},
        {"files": {"a": 1}},
    ],
)
def test_a_record_of_another_shape_is_one_of_a_build_that_did_not_end(record: object, tmp_path: Path) -> None:
    with place.open_place(tmp_path, "abi3-0", lambda: None) as opened:
        opened.renew()
        opened.end("well", {"names": None})
    state = opened.folder / place.STATE
    assert place.read_state(opened.folder).ended == "well"
    state.write_text(json.dumps({**json.loads(state.read_text()), "record": record}))
    assert place.read_state(opened.folder).ended == ""
    state.write_text("[" * 100_000)
    assert place.read_state(opened.folder).ended == ""


def test_the_packages_of_the_environment_are_known_by_name_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site-packages"
    (folder / "helper-1.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(folder), str(tmp_path)])
    digests = [environment.packages()]
    (folder / "helper-1.0.dist-info").rename(folder / "helper-2.0.dist-info")
    digests.append(environment.packages())
    for text in ("N = 1", "N = 2"):
        put(folder / "single.py", text)
        digests.append(environment.packages())
    assert len(set(digests)) == 4


def test_a_variable_that_moves_from_the_environment_to_the_python_beneath_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "python"))
    digests = [
        environment.digest({"SHARE": f"{folder}/share"}, tmp_path / "project", content.Digests())
        for folder in (sys.prefix, sys.base_prefix)
    ]
    assert digests[0] != digests[1]


def test_a_cache_takes_no_folder_of_somebody_else_and_makes_its_own_private(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    put(mine / "targets" / "list.txt", "mine")
    (mine / "targets").chmod(0o775)
    assert "contains something else" in str(cache.prepare(mine))
    assert sorted(path.name for path in mine.iterdir()) == ["targets"]
    assert (mine / "targets").stat().st_mode & 0o777 == 0o775
    before = os.umask(0)
    try:
        assert cache.prepare(tmp_path / "new" / "parent" / "cache") is None
    finally:
        os.umask(before)
    for folder in ("new", "new/parent", "new/parent/cache", "new/parent/cache/targets"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700
