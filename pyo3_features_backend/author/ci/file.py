"""The workflow in the project: who wrote it, and whether somebody has edited it since.

The first line names the tool and has the digest of all that follows, as it was written. While what would be written is
the same, edits stay; what is written anew would lose them, and needs to be told so.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from ...errors import ProjectError
from ..edits.changes import Change, read_text
from ..sources.automation import WRITTEN
from . import Tool

_LINE = re.compile(re.escape(WRITTEN) + r"([\w-]+)`.*?; sha256: ([0-9a-f]{64})$")


class Present(NamedTuple):
    """The file as it is: its ``text``, and the ``tool`` and the ``digest`` of its mark; None where it has no mark."""

    text: str
    tool: Tool | None = None
    digest: str | None = None

    @property
    def edited(self) -> bool:
        """Whether it is no longer what was written."""
        return self.digest != _digest(self.text.partition("\n")[2])


def marked(body: str, tool: Tool) -> str:
    """The file for the text of a workflow."""
    return f"{WRITTEN}{tool}`, which writes it anew when the plan changes; sha256: {_digest(body)}\n{body}"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def read(path: Path, shown: str) -> Present | None:
    """The file; None where there is none. Line ends are those of the checkout, so they do not count.

    Raises :class:`ProjectError` if it is not a file or not UTF-8.
    """
    try:
        if not path.exists():
            return None
        text = read_text(path, shown).replace("\r\n", "\n")
    except OSError as error:
        raise ProjectError(f"{shown} cannot be read: {error.strerror}", hint="name another with --output") from None
    match = _LINE.match(text.partition("\n")[0])
    if not match or match[1] not in list(Tool):
        return Present(text)
    return Present(text, Tool(match[1]), match[2])


def change(path: Path, shown: str, present: Present | None, wanted: str) -> Change | None:
    """What writing ``wanted`` would change; None where the file has it already, be it with edits since."""
    if present and (present.text == wanted or (present.digest and f"sha256: {present.digest}\n" in wanted)):
        return None
    return Change(path=path, shown=shown, before=present.text if present else "", after=wanted)
