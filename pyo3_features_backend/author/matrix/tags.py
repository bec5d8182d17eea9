"""Which Pythons a wheel can be installed for, by its tag."""

from __future__ import annotations

import re

from ...model.target import Target


def serves(label: str, target: Target) -> bool:
    """Whether a wheel with this tag, or compressed set of tags, can be installed for a Python (PEP 425, PEP 803)."""
    pythons, _, abis = label.partition("-")
    return any(_serves(python, abi, target) for python in pythons.split(".") for abi in abis.split("."))


def _serves(python: str, abi: str, target: Target) -> bool:
    if (python, abi) in (target.wheel_tag, (target.wheel_tag[0], "none")):
        return True
    if abi == "none":
        every = re.fullmatch(r"py3(\d*)", python)
        return bool(every and int(every.group(1) or 0) <= target.version[1])
    floor = re.fullmatch(r"cp(\d)(\d+)", python)
    if target.implementation != "cpython" or not floor:
        return False
    fits = (int(floor.group(1)), int(floor.group(2))) <= target.version
    return fits and abi in (("abi3t",) if target.free_threaded else ("abi3", "abi3t"))
