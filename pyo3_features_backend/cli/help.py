"""``pyo3-features help``: what the code of a problem means, from the package itself, or the help of a verb."""

from __future__ import annotations

import argparse
import re

from ..errors import SettingsError, closest
from ..model.code import Code
from ..model.codes import AUDIT, CHECK, CODES, CONFIG, PLAN
from .console import current

DESCRIPTION = "Explain the code of a problem, or print the help of a verb. No network is needed."
EXAMPLE = "pyo3-features help PFB272"

_FOUND_BY = (
    (PLAN, "each build, `explain`, `check` and `matrix`"),
    (CONFIG, "`config check`, and each build with PYO3_CONFIG_FILE"),
    (CHECK, "`check`"),
    (AUDIT, "`audit`, and in part each build (the setting `verify`)"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument(
        "topics", nargs="*", metavar="TOPIC", help="a code (PFB272 or 272), a verb, or `codes` for a list of all codes"
    )


def run(options: argparse.Namespace) -> int:
    """Print the help of each topic. Raises :class:`SettingsError` for one that does not exist."""
    from . import VERBS, parsers

    if not options.topics:
        print(parsers([])[0].format_help(), end="")
    for number, topic in enumerate(options.topics):
        code = _code(topic)
        if not (code or topic in VERBS or topic == "codes"):
            near = closest(topic.upper(), CODES) + closest(topic, [*VERBS, "codes"])
            raise SettingsError(
                f"there is no help on {topic}",
                hint=f"did you mean {near[0]}?" if near else "`pyo3-features help codes` lists the codes",
            )
        if number:
            print()
        if code:
            _explain(code, CODES[code])
        elif topic in VERBS:
            print(parsers([topic])[1][topic].format_help(), end="")
        else:
            for name, one in CODES.items():
                current().line(f"{name}  {one.severity:7}  {one.title}", hang=17)
    return 0


def _code(topic: str) -> str | None:
    """The code that a topic names, as messages have it: ``PFB272``, ``pfb272``, ``272`` or ``warning[PFB272]:``."""
    match = re.fullmatch(r"(?:(?:error|warning)?\[)?(?:PFB)?(\d{3})\]?:?", topic, re.IGNORECASE)
    code = f"PFB{match[1]}" if match else ""
    return code if code in CODES else None


def _explain(code: str, one: Code) -> None:
    console = current()
    console.line(f"{code}: {one.title} ({one.severity})", "strong", hang=0)
    for paragraph in one.about.split("\n\n"):
        print()
        # A link of Markdown leads to a page beside docs/problems.md.
        console.line(re.sub(r"\[([\w.-]+\.md)\]\([^)]*\)", r"docs/\1", paragraph), hang=0)
    if not one.about.startswith("Found by "):  # the text names another verb
        found_by = next(words for codes, words in _FOUND_BY if code in codes)
        print()
        console.line(f"Found by {found_by}.", "faint", hang=0)
