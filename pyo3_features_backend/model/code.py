"""The code of a problem."""

from __future__ import annotations

from typing import NamedTuple

from .words import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING


class Code(NamedTuple):
    """One code. ``severity`` is "error" if the build would fail or give a wrong wheel, and "warning" otherwise.

    ``title`` names the problem in a few words. ``about`` says, in Markdown, what it means and what to do.
    """

    severity: Severity
    title: str
    about: str = ""
