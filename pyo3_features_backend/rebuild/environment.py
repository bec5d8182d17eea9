"""Compares the variables that the project's own crates can read: all, because a build script can read any of them.

cargo compares only the variables that a build script announces. This module ignores those that front ends and shells
set to a new value for each build or terminal. In the others, it replaces folders that are new for each build by
constant names.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from . import content

_IGNORED = frozenset(
    # Internal variables of shells and make.
    ["_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "PS1", "PROMPT", "RANDOM", "SECONDS", "HISTCMD"]
    + ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CARGO_MAKEFLAGS"]
    # The terminal and the login session.
    + ["TERM", "COLORTERM", "WINDOWID", "TMUX", "STY", "INVOCATION_ID", "JOURNAL_STREAM", "SECURITYSESSIONID"]
    + ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID", "STARSHIP_SESSION_KEY", "ATUIN_SESSION"]
    + ["SHELL_SESSION_ID", "TILIX_ID", "P9K_TTY", "NVIM", "FNM_MULTISHELL_PATH", "PYENV_DIR", "RBENV_DIR"]
    # What the shims of pyenv add.
    + ["PYENV_HOOK_PATH", "_PYENV_INSTALL_PREFIX"]
    # A step of a GitHub workflow.
    + ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"]
    + ["SYSTEMD_EXEC_PID", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_ID", "XAUTHORITY", "GPG_TTY", "WT_SESSION"]
    # The environment that a front end creates; the folder in which cargo compiles.
    + ["VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PROMPT_MODIFIER", "CONDA_SHLVL", "PYTHONHASHSEED"]
    + ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"]
    # Numbers of processes, and sockets and pipes of one session.
    + ["GIO_LAUNCHED_DESKTOP_FILE_PID", "MEMORY_PRESSURE_WATCH", "SESSION_MANAGER", "WINDOW"]
    + ["MAKE_TERMOUT", "MAKE_TERMERR", "__MISE_SESSION", "__MISE_DIFF"]
)
_IGNORED_PREFIXES = (
    # Front ends: pip, uv, build and pyproject-hooks, tox, nox, PDM, Poetry, Hatch, pytest, pre-commit.
    ("PIP_", "UV_", "PEP517_", "_PYPROJECT_HOOKS_", "PYPROJECT_HOOKS_", "TOX_", "NOX_", "PDM_", "POETRY_", "HATCH_")
    + ("PYTEST_", "PRE_COMMIT")
    # Terminals, editors and remote shells.
    + ("SSH_", "TMUX_", "TERM_", "ITERM_", "KITTY_", "ALACRITTY_", "WEZTERM_", "VTE_", "KONSOLE_", "VSCODE_", "DIRENV_")
    + ("GHOSTTY_", "TERMINFO", "ZELLIJ", "GNOME_TERMINAL_")
)
_IGNORED_SUFFIXES = ("HISTFILE", "_HISTORY")  # programs write what a person has typed into these files


def is_compared(name: str) -> bool:
    """Whether the variable ``name`` counts: front ends and shells do not set it anew for each build or terminal."""
    return name not in _IGNORED and not name.startswith(_IGNORED_PREFIXES) and not name.endswith(_IGNORED_SUFFIXES)


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``environ`` that are compared."""
    return {name: value for name, value in environ.items() if is_compared(name)}


def differences(given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str | None]:
    """The compared variables of ``given`` that differ from ``environ``; None for one that ``given`` lacks."""
    first, second = read(given), read(environ)
    return {name: first.get(name) for name in {*first, *second} if first.get(name) != second.get(name)}


def digests(environ: Mapping[str, str], folders: Sequence[Path], files: content.Digests) -> list[str]:
    """Two digests of the compared variables (:func:`constant`), and of the content of the files that they name.

    In the second one, a constant name is in the place of the base interpreter's folder, too: each Python puts its own
    into some variables. In the first it is not: that folder can be ``/usr``, which is in any PATH.

    ``folders`` are those from which relative names count: the project's first, then its packages'.
    """
    named, variables = Named(folders), sorted(read(environ).items())
    contents = [f"{name} {files.of(file)}" for name, value in variables for file in named.files(value)]
    return [
        content.text_digest(*(f"{name}={put(value)}" for name, value in variables), *contents)
        for put in (constant(folders[0]), constant(folders[0], sys.base_prefix))
    ]


def is_same(digests: str, others: str) -> bool:
    """Whether the variables are the same in one of two ways (:func:`digests`), which are separated by a blank."""
    return any(one == other for one, other in zip(digests.split(), others.split()))


def constant(root: Path, python: str = "") -> Callable[[str], str]:
    """A function that puts constant names into the value of a variable.

    They are for the project's folder ``root``, the folders that a front end creates for one build, and the folder
    ``python`` if it is named. Where it matters which Python runs, this is compared elsewhere (:mod:`.session`).
    """
    entries = _environment_entries()
    names = {str(root): "<project>", os.path.realpath(root): "<project>", **({python: "<python>"} if python else {})}
    folders = sorted(names, key=len, reverse=True)

    def replaced(value: str) -> str:
        text = os.pathsep.join(entries.get(entry, entry) for entry in value.split(os.pathsep))
        for folder in folders:
            text = text.replace(folder, names[folder])
        return text

    return replaced


def packages() -> str:
    """A digest of what a script can import in the environment of the build.

    Packages are compared by name and version, modules of one file by content.
    """
    found = set()
    for folder in import_paths():
        if os.path.basename(folder) in ("site-packages", "dist-packages") and os.path.isdir(folder):
            for name in os.listdir(folder):
                if name.endswith((".dist-info", ".egg-info")):
                    found.add(name)
                elif name.endswith(".py"):
                    found.add(name + content.hashed(os.path.join(folder, name)))
    return content.text_digest(*sorted(found))


def import_paths() -> list[str]:
    """The folders of ``sys.path``. setup.py can put anything into it; Python ignores entries that are not strings."""
    return [path for path in sys.path if isinstance(path, str) and os.path.isabs(path)]


def _environment_entries() -> dict[str, str]:
    """What a front end puts on PATH and PYTHONPATH for the environment of this build, and a constant name for each.

    The environment is the virtual one, or what pip and PDM have instead: folders among the temporary files, with
    packages that they put on ``sys.path``, and pip's folder ``site`` beside them. Other folders of ``sys.path`` are the
    user's, and so is any other name of a file or folder in the environment.
    """
    found = {sys.prefix: "<environment>"}
    temporary = (*map(os.environ.get, ("TMPDIR", "TEMP", "TMP")), "/tmp", "/var/tmp")
    tops = tuple(os.path.realpath(folder) + os.sep for folder in temporary if folder)
    paths = [path for path in import_paths() if _real(path).startswith(tops)]
    for path in paths:
        # PREFIX/lib/python3.13/site-packages, PREFIX\Lib\site-packages
        above, _, last = path.rpartition(os.sep)
        if last in ("site-packages", "dist-packages"):
            above = above if os.path.basename(above).lower() == "lib" else os.path.dirname(above)
            found.setdefault(os.path.dirname(above), f"<environment {len(found)}>")
    beside = {os.path.dirname(folder) for folder in found}
    # Debian's pip has overlay/local/lib/python3.13/dist-packages.
    beside |= {os.path.dirname(folder) for folder in beside if os.path.basename(folder) in ("overlay", "normal")}
    found.update(dict.fromkeys({os.path.join(folder, "site") for folder in beside} & {*paths}, "<site>"))
    entries = {}
    for folder, constant in found.items():
        for name in (folder, _real(folder)):
            inside = [path[len(name) :] for path in paths if path.startswith(name + os.sep)]
            entries.update({name + rest: constant + rest for rest in ("", os.sep + "bin", os.sep + "Scripts", *inside)})
    return entries


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:
        return path  # a character that no path can contain


# A colon is part of a path on Windows.
_SEPARATORS = r"[\s=,;\x1f\"']+" if os.name == "nt" else r"[\s=,;:\x1f\"']+"


class Named:
    """Finds the files that the values of variables and arguments name, from ``folders`` if a name is relative."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = [str(folder) for folder in folders]
        # A value has many words, and few of them are names in one of the folders.
        self.tops: list[set[str]] = []
        for folder in self.folders:
            try:
                self.tops.append({os.curdir, os.pardir, *(name.lower() for name in os.listdir(folder))})
            except OSError:
                self.tops.append(set())

    def files(self, value: str) -> Iterator[str]:
        """The files that ``value`` names as a whole or with one of its parts, such as ``-TFILE`` or ``@FILE``."""
        names = set()
        for part in {value, *re.split(_SEPARATORS, value)}:
            names |= {part, part.removeprefix("@")}
            if part.startswith("-"):
                names |= {part[2:], part[2:].removeprefix("@"), part[part.find(os.sep) :] if os.sep in part else ""}
        for name in sorted(names - {""}):
            yield from self._found(name)

    def _found(self, name: str) -> Iterator[str]:
        top = re.split(r"[/\\]", name, maxsplit=1)[0].lower()
        absolute = os.path.isabs(name) or not top
        if name.startswith(("/proc/", "/sys/")):
            return  # what the kernel says there changes by itself
        for folder, tops in zip(self.folders[:1] if absolute else self.folders, self.tops):
            try:
                if (absolute or top in tops) and os.path.isfile(path := os.path.join(folder, name)):
                    yield path
            except ValueError:
                return  # a character that no path can contain
