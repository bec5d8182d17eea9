"""The variables that the project's own crates can see: all of them, since a build script may read any.

cargo compares only the variables that a build script announces. Left out are those that front ends and shells set anew
for each build or each terminal; in the others the folders that are new for each build stand under a constant name.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import content

_NOT = frozenset(
    # What a shell and make keep for themselves.
    ["_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "PS1", "PROMPT", "RANDOM", "SECONDS", "HISTCMD"]
    + ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CARGO_MAKEFLAGS"]
    # The terminal and the login session.
    + ["TERM", "COLORTERM", "WINDOWID", "TMUX", "STY", "INVOCATION_ID", "JOURNAL_STREAM", "SECURITYSESSIONID"]
    + ["SYSTEMD_EXEC_PID", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_ID", "XAUTHORITY", "GPG_TTY", "WT_SESSION"]
    # The environment that a front end made; where cargo compiles.
    + ["VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PROMPT_MODIFIER", "CONDA_SHLVL", "PYTHONHASHSEED"]
    + ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"]
)
_NOT_PREFIXES = (
    # Front ends: pip, uv, build and pyproject-hooks, tox, nox, PDM, Poetry, Hatch, pytest, pre-commit.
    ("PIP_", "UV_", "PEP517_", "_PYPROJECT_HOOKS_", "PYPROJECT_HOOKS_", "TOX_", "NOX_", "PDM_", "POETRY_", "HATCH_")
    + ("PYTEST_", "PRE_COMMIT")
    # Terminals, editors and remote shells.
    + ("SSH_", "TMUX_", "TERM_", "ITERM_", "KITTY_", "ALACRITTY_", "WEZTERM_", "VTE_", "KONSOLE_", "VSCODE_", "DIRENV_")
)


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``environ`` that count."""
    return {name: value for name, value in environ.items() if name not in _NOT and not name.startswith(_NOT_PREFIXES)}


def differences(given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """How the variables in ``given`` that count differ from ``environ``; one that is missing is as good as empty."""
    one, other = read(given), read(environ)
    return {name: one.get(name, "") for name in {*one, *other} if one.get(name, "") != other.get(name, "")}


def digest(environ: Mapping[str, str], root: Path, digests: content.Digests) -> str:
    """A digest of the variables that count, and of the content of the files that they name.

    ``root`` is the project's folder. It, the Python that runs, and the folders that a front end made for this one build
    stand under names that are the same in every build; which Python it is counts elsewhere, where it matters.
    """
    names = {str(root): "<project>", os.path.realpath(root): "<project>"}
    names.update(dict.fromkeys(_environment(), "<environment>"))
    lines = []
    for name, value in sorted(read(environ).items()):
        shown = value
        for folder in sorted(names, key=len, reverse=True):
            shown = shown.replace(folder, names[folder])
        lines.append(f"{name}={shown}")
        lines += [f"{name} {digests.of(file)}" for file in files(value, root)]
    return content.text_digest(*lines)


def _environment() -> set[str]:
    """The folders of the Python that runs, and what a front end made for it in the folder of temporary files."""
    found = {sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix)}
    for temporary in filter(None, (*map(os.environ.get, ("TMPDIR", "TEMP", "TMP")), "/tmp", "/var/tmp")):
        for path in (*sys.path, sys.prefix):
            if path.startswith(temporary + os.sep):
                found.add(os.path.join(temporary, path[len(temporary) + 1 :].split(os.sep)[0]))
    return found - {"", os.sep}


def files(value: str, root: Path) -> Iterator[str]:
    """The files that the value of a variable or an argument names, as a whole or as one of its words."""
    words = {value, *re.split(r"[\s=,;:\x1f\"']+", value)} if len(value) < 4096 else {value}
    for word in sorted(words):
        if os.sep in word or "." in word:
            path = os.path.join(root, word)
            try:
                if os.path.isfile(path):
                    yield path
            except ValueError:
                continue  # a character that no path can hold
