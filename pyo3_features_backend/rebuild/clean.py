"""Runs `cargo clean -p`, and finds its arguments."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Clean(NamedTuple):
    """`cargo clean -p` for the packages ``names`` in the target folder ``target``.

    ``flags`` are the arguments that every call of cargo needs, and ``environ`` is cargo's environment.
    """

    target: Path
    manifest: Path
    names: Collection[str]
    profiles: Collection[str]
    environ: Mapping[str, str]
    flags: Sequence[str] = ()

    def run(self) -> bool:
        """Run it for each profile; whether cargo succeeded. A folder in which nothing was compiled is clean."""
        for profile in sorted(self.profiles):
            compiled = folders(self.target, [profile])
            command = ["cargo", "clean", "--manifest-path", str(self.manifest), "--profile", profile, *self.flags]
            command += [argument for name in self.names for argument in ("-p", name)]
            command += [argument for _, triple in compiled if triple for argument in ("--target", triple)]
            if compiled and not (self.names and self._succeeds(command)):
                return False
        return True

    def _succeeds(self, command: Sequence[str]) -> bool:
        try:
            return subprocess.run(command, env=dict(self.environ), capture_output=True).returncode == 0
        except OSError:
            return False


def directory_of(profile: str) -> str:
    """The name of a cargo profile's folder (the Cargo book, "Build cache")."""
    return {"dev": "debug", "test": "debug", "bench": "release"}.get(profile, profile)


def packages(workspace: Path) -> list[str]:
    """The names of the path packages in a workspace's Cargo.lock, which are those without a source.

    They include packages that only some features use.
    """
    try:
        text = (workspace / "Cargo.lock").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    # cargo writes one key on each line. A TOML parser would take longer than the rest of this backend's work.
    names = set()
    # A block ends at the next table of any kind: [[patch.unused]] and [metadata] come after the packages.
    for block in re.findall(r"^\[\[package\]\]$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL):
        name = re.search(r'^name = "([^"]+)"', block, re.MULTILINE)
        if name and not re.search(r"^source = ", block, re.MULTILINE):
            names.add(name.group(1))
    return sorted(names)


def folders(target: Path, profiles: Collection[str]) -> list[tuple[Path, str | None]]:
    """The folders of ``profiles`` in a target folder, as (folder, rustc target), or None for the host's target.

    The folders show which targets were compiled; cargo's configuration can name a target in too many ways.
    """
    names = {directory_of(profile) for profile in profiles}
    tops = sorted(top for top in target.iterdir() if top.is_dir()) if target.is_dir() else []
    host: list[tuple[Path, str | None]] = [(top, None) for top in tops if top.name in names]
    return host + [(top / name, top.name) for top in tops for name in sorted(names) if (top / name).is_dir()]
