"""Compares the variables that the project's own crates can read: all, because a build script can read any of them.

cargo compares only the variables that a build script announces. This module ignores those that front ends and shells
set to a new value for each build or terminal. In the others, it replaces folders that are new for each build by
constant names.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import content

_IGNORED = frozenset(
    # Internal variables of shells and make.
    ["_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "PS1", "PROMPT", "RANDOM", "SECONDS", "HISTCMD"]
    + ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CARGO_MAKEFLAGS"]
    # The terminal and the login session.
    + ["TERM", "COLORTERM", "WINDOWID", "TMUX", "STY", "INVOCATION_ID", "JOURNAL_STREAM", "SECURITYSESSIONID"]
    + ["SYSTEMD_EXEC_PID", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_ID", "XAUTHORITY", "GPG_TTY", "WT_SESSION"]
    # The environment that a front end creates; the folder in which cargo compiles.
    + ["VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PROMPT_MODIFIER", "CONDA_SHLVL", "PYTHONHASHSEED"]
    + ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"]
)
_IGNORED_PREFIXES = (
    # Front ends: pip, uv, build and pyproject-hooks, tox, nox, PDM, Poetry, Hatch, pytest, pre-commit.
    ("PIP_", "UV_", "PEP517_", "_PYPROJECT_HOOKS_", "PYPROJECT_HOOKS_", "TOX_", "NOX_", "PDM_", "POETRY_", "HATCH_")
    + ("PYTEST_", "PRE_COMMIT")
    # Terminals, editors and remote shells.
    + ("SSH_", "TMUX_", "TERM_", "ITERM_", "KITTY_", "ALACRITTY_", "WEZTERM_", "VTE_", "KONSOLE_", "VSCODE_", "DIRENV_")
)


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``environ`` that are compared."""
    return {
        name: value
        for name, value in environ.items()
        if name not in _IGNORED and not name.startswith(_IGNORED_PREFIXES)
    }


def differences(given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The compared variables of ``given`` that differ from ``environ``. A missing one is the same as an empty one."""
    first, second = read(given), read(environ)
    names = {*first, *second}
    return {name: first.get(name, "") for name in names if first.get(name, "") != second.get(name, "")}


def digest(environ: Mapping[str, str], root: Path, digests: content.Digests) -> str:
    """A digest of the compared variables, and of the content of the files that they name.

    ``root`` is the project's folder. The digest contains constant names instead of ``root``, of the folders of the
    running Python, and of those that a front end creates for one build. Where it matters which Python runs, this is
    compared elsewhere (:mod:`.session`).
    """
    names = dict.fromkeys(_environment_folders(), "<environment>")
    names[sys.base_prefix] = "<python>"
    names.update({str(root): "<project>", os.path.realpath(root): "<project>"})
    lines = []
    for name, value in sorted(read(environ).items()):
        text = value
        for folder in sorted(names, key=len, reverse=True):
            text = text.replace(folder, names[folder])
        lines.append(f"{name}={text}")
        lines += [f"{name} {digests.of(file)}" for file in files(value, root)]
    return content.text_digest(*lines)


def packages() -> str:
    """A digest of what a script can import in the environment of the build.

    Packages are compared by name and version, modules of one file by content.
    """
    found = set()
    for folder in sys.path:
        if os.path.basename(folder) in ("site-packages", "dist-packages") and os.path.isdir(folder):
            for name in os.listdir(folder):
                if name.endswith((".dist-info", ".egg-info")):
                    found.add(name)
                elif name.endswith(".py"):
                    found.add(name + content.hashed(os.path.join(folder, name)))
    return content.text_digest(*sorted(found))


def _environment_folders() -> set[str]:
    """The folders of the running Python, and those that a front end creates for it among temporary files."""
    folders = {sys.prefix, os.path.realpath(sys.prefix)}
    for temporary in filter(None, (*map(os.environ.get, ("TMPDIR", "TEMP", "TMP")), "/tmp", "/var/tmp")):
        for path in (*sys.path, sys.prefix):
            if path.startswith(temporary + os.sep):
                folders.add(os.path.join(temporary, path[len(temporary) + 1 :].split(os.sep)[0]))
    return folders - {"", os.sep}


def files(value: str, root: Path) -> Iterator[str]:
    """The files that ``value``, of a variable or an argument, names: as a whole or with one of its parts."""
    parts = {value, *re.split(r"[\s=,;:\x1f\"']+", value)} if len(value) < 4096 else {value}
    for part in sorted(parts):
        if os.sep in part or "." in part:
            path = os.path.join(root, part)
            try:
                if os.path.isfile(path):
                    yield path
            except ValueError:
                continue  # a character that no path can contain
