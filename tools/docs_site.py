"""A hook of mkdocs: what GitHub and Python-Markdown read in two ways, as Python-Markdown reads it."""

from __future__ import annotations

import re
from typing import Any


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The text of a page. GitHub needs ``\\|`` for a bar of code in a table; Python-Markdown shows the backslash."""
    return "\n".join(
        re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), row) if row.startswith("|") else row
        for row in markdown.split("\n")
    )
