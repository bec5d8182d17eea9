"""Whether a stream shows colours, and the few styles that the command uses."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...model.words import Word

# SGR parameters (ECMA-48, 8.3.117): the eight colours, which every theme of a terminal makes readable.
STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "help": "1;36",
    "good": "32",
    "bad": "31",
    "changed": "36",
    "strong": "1",
    "faint": "2",
}


class Choice(Word):
    """The values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def wanted(choice: str, environ: Mapping[str, str], *, terminal: bool, windows: bool = os.name == "nt") -> bool:
    """Whether to write colours. The first of these decides:

    ``--color always`` or ``never``; NO_COLOR (https://no-color.org); FORCE_COLOR (https://force-color.org) and
    CLICOLOR_FORCE; CLICOLOR=0 (https://bixense.com/clicolors); TERM=dumb; whether the stream is a terminal. On Windows
    that has to be one that says that it knows the sequences: the old console prints them.
    """
    if choice != Choice.AUTO:
        return choice == Choice.ALWAYS
    if environ.get("NO_COLOR"):
        return False
    if _on(environ, "FORCE_COLOR") or _on(environ, "CLICOLOR_FORCE"):
        return True
    if environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb":
        return False
    known = not windows or any(environ.get(name) for name in ("WT_SESSION", "TERM", "ANSICON", "ConEmuANSI"))
    return terminal and known


def _on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "0") not in ("", "0")


def styled(text: str, style: str) -> str:
    """The text in a style of :data:`STYLES`."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if text and style else text
