"""``pyo3-features cache``: shows the contents of the compile cache, and empties it."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from ..rebuild import archives, bytecode, user_folder
from ..rebuild import cache as compile_cache
from .common import json_option, shared_options

DESCRIPTION = "Show or clear the compile cache: what builds of unpacked sdists compiled, kept for later builds."
EXAMPLE = "pyo3-features cache info"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of the verb; without one it is ``info``."""
    parser.set_defaults(act=_info, json=False)
    actions = parser.add_subparsers(title="actions", description="the default is info", metavar="ACTION")
    for name, text, act in (
        ("info", "show where the cache is, what it contains, and whether builds use it", _info),
        ("clear", "remove everything from the cache that no build is using", _clear),
    ):
        action = actions.add_parser(
            name, help=text, description=text.capitalize() + ".", epilog=f"example: pyo3-features cache {name}"
        )
        action.set_defaults(act=act)
        if act is _info:
            json_option(action)
        shared_options(action)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.act(options))


def size(count: int) -> str:
    """A number of bytes in words: ``1.5 MiB``."""
    value, units = float(count), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "bytes" else f"{value:.1f} {units[0]}"


def _info(options: argparse.Namespace) -> int:
    folder = user_folder.root(os.environ)
    limit = compile_cache.limit(os.environ)
    why = user_folder.refused(folder) if folder.exists() else None
    off = user_folder.off_because(os.environ)
    entries = compile_cache.entries(folder) if why is None else []
    own = archives.size(folder) if why is None else 0
    total = sum(entry.size for entry in entries) + own
    if options.json:
        listed = [{"name": entry.folder.name, "size": entry.size, "used": entry.used} for entry in entries]
        facts = {"folder": str(folder), "size": total, "limit": limit, "unusable": why, "off": off, "targets": listed}
        facts["bytecode"] = own
        print(json.dumps(facts, indent=2))
        return 0
    print(f"folder: {folder}" + ("" if folder.exists() else " (does not exist yet)"))
    print(f"size:   {size(total)} of at most {size(limit)} (${compile_cache.LIMIT})")
    if why:
        print(f"not used: {why}")
    if off:
        print(f'off with compile-cache = "auto": {off}')
    for entry in reversed(entries):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
        print(f"  {when}  {size(entry.size):>10}  {entry.folder.name}")
    if own:
        print(f"  {'':16}  {size(own):>10}  {bytecode.FOLDER} (of this backend itself)")
    return 0


def _clear(options: argparse.Namespace) -> int:
    folder = user_folder.root(os.environ)
    if not Path(folder).exists():
        print(f"there is nothing in {folder}")
        return 0
    removed, left = compile_cache.clear(folder)
    print(f"removed {size(removed)} from {folder}" + (f"; {left} in use" if left else ""))
    return 0
