"""What the rebuild engine reads: its own records, and what cargo writes into a target folder."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from pyo3_features_backend.rebuild import clean, content, inputs, machine, place, places, python

from . import world

_DIGEST = "a" * 64


def a_state() -> dict[str, Any]:
    """A record as the engine writes it, about files that are there."""
    root = world.project()
    names = [str(root / "Cargo.toml"), str(root / "src" / "lib.rs"), str(root / "src")]
    record = {
        "owner": str(root),
        "environment": _DIGEST,
        "vendored": "",
        "names": names,
        "inputs": names[:2],
        "files": {
            name: [10, 1_600_000_000_000_000_000, 1_600_000_000_000_000_000, 5, 6, _DIGEST] for name in names[:2]
        },
        "recorded": time.time_ns(),
        "root": str(root),
        "rooted": True,
        "tree": _DIGEST,
        "times": {".": 1_600_000_000_000_000_000, "src/lib.rs": 1_600_000_000_000_000_000},
    }
    return {
        "format": place.FORMAT,
        "generation": 1,
        "ended": "well",
        "profiles": ["release"],
        "after": 0,
        "record": record,
    }


def state(data: bytes) -> None:
    """A place's record, and what the next build does with it."""
    holder = world.scratch() / "holder"
    folder = holder / "abi3-0123456789abcdef"
    (folder / "1" / "release").mkdir(parents=True, exist_ok=True)
    (folder / place.STATE).write_bytes(data)
    places.is_place(folder)
    read = place.read_state(folder)
    places.entries(holder)
    old = read.record
    digests = content.Digests(old.get("files"), old.get("recorded"))
    excluded = inputs.Excluded(str(holder), frozenset())
    if old.get("names") is not None:
        inputs.changed_unseen(old["names"], digests, set(old.get("inputs", ())), read.at, excluded)
    opened = place.Place(holder, folder.name)
    opened.outputs(())
    opened.begin(())
    opened.end("well", {"names": old.get("names"), "files": digests.seen, "times": old.get("times", {})})
    places.keep_newest(holder, "abi3", 0, str(old.get("owner")))


def some_files() -> dict[str, Any]:
    """The digests that a holder keeps."""
    return {"recorded": time.time_ns(), "files": a_state()["record"]["files"]}


def memory(data: bytes) -> None:
    """The digests of compilers and libraries that a holder keeps."""
    file = world.scratch() / "files.json"
    file.write_bytes(data)
    kept = content.Memory(file)
    for name in (*kept.known, str(world.project() / "Cargo.toml")):
        kept.of(name)
    kept.save()


def dep_info(data: bytes) -> None:
    """cargo's dep-info, and the files that it lists."""
    folder = world.scratch() / "release"
    folder.mkdir(exist_ok=True)
    (folder / "libhello.d").write_bytes(data)
    (folder / "libhello.so").write_bytes(b"")
    excluded = inputs.Excluded(str(world.scratch() / "holder"), frozenset())
    names = inputs.listed([folder], ["hello"])
    digests = content.Digests()
    # A whole disk may be named; cargo names what a build script does, so only what is ours is followed here.
    own = [name for name in names or () if name.startswith(str(world.scratch())) and ".." not in name]
    for name in inputs.files(own, excluded):
        digests.of(name)
    for name in names or ():
        digests.of(name)


def lock_file(data: bytes) -> None:
    """Cargo.lock: the names of the packages to compile again."""
    folder = world.scratch() / "workspace"
    folder.mkdir(exist_ok=True)
    (folder / "Cargo.lock").write_bytes(data)
    clean.packages(folder)


def cargo_configuration(data: bytes) -> None:
    """.cargo/config.toml with what it includes and names."""
    with world.files(world.scratch() / "configured", {".cargo/config.toml": data}) as root:
        machine.context(
            [root], "rustc 1.0", {"PATH": os.environ.get("PATH", "")}, (world.text(data)[:1000],), content.Digests()
        )


def build_script(data: bytes) -> None:
    """A build script that may depend on the Python."""
    from pyo3_features_backend.model.graph import Script

    file = world.scratch() / "build.rs"
    file.write_bytes(data)
    for local in (True, False):
        python.sees(Script("hello", "build-script", file, local))


def unpacked(data: bytes) -> None:
    """An unpacked sdist with these names in it, as JSON: links and folders as well."""
    root = world.scratch() / "sdist"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    names = world.json_or_nothing(data, dict) or {}
    for name, target in names.items():
        path = Path(os.path.normpath("/" + name.replace("\0", "").lstrip("/"))).relative_to("/")
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(target, str) and target:
                (root / path).symlink_to(target.replace("\0", ""))
            else:
                (root / path).write_text(json.dumps(target), encoding="utf-8")
        except (OSError, UnicodeEncodeError):
            continue  # no such file can be in an archive either
    digests = content.Digests()
    if found := inputs.tree(root, digests):
        inputs.restore_times(root, found.times)
    inputs.metadata(root)
