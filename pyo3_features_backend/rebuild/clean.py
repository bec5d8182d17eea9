"""Having cargo forget packages: `cargo clean -p`, and what it has to be told."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Clean(NamedTuple):
    """`cargo clean -p` for the packages ``names`` in the target folder ``target``.

    ``flags`` are the arguments that cargo needs in all of its calls, ``environ`` is its environment.
    """

    target: Path
    manifest: Path
    names: Collection[str]
    profiles: Collection[str]
    environ: Mapping[str, str]
    flags: Sequence[str] = ()

    def run(self) -> bool:
        """Whether cargo could do it. A folder in which nothing was compiled is clean."""
        for profile in sorted(self.profiles):
            within = folders(self.target, [profile])
            words = ["cargo", "clean", "--manifest-path", str(self.manifest), "--profile", profile, *self.flags]
            words += [word for name in self.names for word in ("-p", name)]
            words += [word for _, triple in within if triple for word in ("--target", triple)]
            if within and not (self.names and self._succeeds(words)):
                return False
        return True

    def _succeeds(self, words: Sequence[str]) -> bool:
        try:
            return subprocess.run(words, env=dict(self.environ), capture_output=True).returncode == 0
        except OSError:
            return False


def directory_of(profile: str) -> str:
    """The folder of a cargo profile (the Cargo book, "Build cache")."""
    return {"dev": "debug", "test": "debug", "bench": "release"}.get(profile, profile)


def packages(workspace: Path) -> list[str]:
    """The names of the path packages in a workspace's Cargo.lock: those without a source. Packages are there that only
    some features turn on, too.
    """
    try:
        text = (workspace / "Cargo.lock").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    # cargo writes the file itself, a key a line; to parse it as TOML takes longer than the rest of a build's work here.
    found = []
    for block in text.split("[[package]]")[1:]:
        name = re.search(r'^name = "([^"]+)"', block, re.MULTILINE)
        if name and not re.search(r"^source = ", block, re.MULTILINE):
            found.append(name.group(1))
    return sorted(set(found))


def folders(target: Path, profiles: Collection[str]) -> list[tuple[Path, str | None]]:
    """The folders of ``profiles`` in a target folder, with the rustc target that each is for: None for the host's.

    The folders tell: cargo's configuration has more ways to name a target than could be looked into.
    """
    names = {directory_of(profile) for profile in profiles}
    tops = sorted(top for top in target.iterdir() if top.is_dir()) if target.is_dir() else []
    found: list[tuple[Path, str | None]] = [(top, None) for top in tops if top.name in names]
    return found + [(top / name, top.name) for top in tops for name in sorted(names) if (top / name).is_dir()]
