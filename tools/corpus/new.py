"""Sdists that are older than the Python: each with its own backend as published, and with this one, on what came later.

The dependencies are those of the lock file in the sdist, so PyO3 is as old as the project.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .imports import IMPORTS, install_apart
from .job import Job
from .place import Failed, NotRun, extensions, tag_of
from .projects import PROJECTS, Project
from .steps import BY_PROBE, get, migrate, probe
from .trials import outcome

LATER = ("3.14", "3.15")


class Old(NamedTuple):
    """An sdist, and the month in which it was published."""

    name: str
    version: str
    month: str
    sha256: str
    settings: str = ""  # what its author has to add
    use: str = ""  # a call, of a project whose sdist has no tests: a wheel of the wrong layout may import, and crash
    refused: str = ""  # what our error says, where there is no right wheel

    @property
    def project(self) -> Project:
        """With the tests that the project has today, as far as this sdist has them."""
        now = next((one for one in PROJECTS if one.name == self.name), None)
        tests, needs = (now.tests, now.needs) if now else ("", ())
        return Project(self.name, self.version, self.sha256, self.settings, tests, needs)


# Without a lower bound in requires-python there is no floor (PFB130), and `pyo3::buffer` needs 3.11.
_FLOOR, _BUFFERS = 'abi3 = "3.8"', 'abi3 = "3.11"'
OLD = (
    Old(
        "py_rust_stemmers",
        "0.1.3",
        "2024-10",
        "ad796d47874181a25addb505a04245e34620bd7a0c5055671f52d9ce993253e2",
        _FLOOR,
        "import py_rust_stemmers as p; assert p.SnowballStemmer('english').stem_word('happiness') == 'happi'",
    ),
    Old("rpds_py", "0.18.0", "2024-02", "42821446ee7a76f5d9f71f9e33a4fb2ffd724bb3e7f93386150b61a43115788d"),
    Old("rpds_py", "0.22.3", "2024-12", "e32fee8ab45d3c2db6da19a5323bc3362237c8b653c70194414b892fd06a080d"),
    Old("uuid_utils", "0.9.0", "2024-06", "239f45b7e71d0ea61e3a4957aa4b8f3b49bfb009cf768d11c3f464787dbb737f"),
    Old("bcrypt", "4.2.0", "2024-07", "cf69eaf5185fd58f268f805b505ce31f9b9fc2d64b376642164e9244540c1221"),
    Old("blake3", "0.4.1", "2024-02", "0625c8679203d5a1d30f859696a3fd75b2f50587984690adab839ef112f4c043", _BUFFERS),
    Old("blake3", "1.0.4", "2025-01", "09b2c66bc2c797e9d783521ec22b1e9a6c74e3ddb98bdd0dcd4fcc2213fb27ec", _BUFFERS),
    Old(
        "jiter",
        "0.5.0",
        "2024-06",
        "1d916ba875bcab5c5f7d927df998c4cb694d27dceddf3392e58beaf10563368a",
        # It calls PyUnicode_New, which no stable ABI has.
        refused="does not support CPython",
    ),
    Old("tiktoken", "0.7.0", "2024-05", "1077266e949c24e0291f6c350433c6f0971365ece2b173a23bc3b9f9defef6b6"),
    Old(
        "orjson",
        "3.10.7",
        "2024-08",
        "75ef0640403f945f3a1f9f6400686560dbfb0fb5b16589ad62cd477043c4eee3",
        # Raw FFI, which no stable ABI has.
        refused="does not support CPython",
    ),
    Old("ahocorasick_rs", "0.22.0", "2024-01", "97347038394997298c4a28770aa348791f87ad46e0561ae833526e1c57d6f38f"),
    Old(
        "nh3",
        "0.2.18",
        "2024-07",
        "94a166927e53972a9698af9542ace4e38b9de50c34352b962f4d9a7d4c927af4",
        use="import nh3; assert nh3.clean('<b onclick=x>y</b>') == '<b>y</b>'",
    ),
    Old(
        "rtoml",
        "0.11.0",
        "2024-06",
        "a1d1ec36261c47169934a6c0f713a6cdf917604b3f72a72a809c3a68384255d4",
        # It looks into a datetime, which the stable ABI does not allow.
        refused="does not support CPython",
    ),
    Old("pyromark", "0.5.0", "2024-08", "9bec50fcff3cf88541c569207bf89021ec2f403c9738c05fa0a68aba6982a53d"),
    Old("css_inline", "0.14.1", "2024-04", "24ec8c670babb6173d4267a2bfdf28412c9c4ab2b62f004d6462571fc8dea3b8"),
)


def _old(job: Job) -> Old:
    return next(one for one in OLD if one.project == job.project)


def _built(job: Job, tree: str, label: str) -> str:
    """Build one of the trees for an interpreter, import the wheel; its tag."""
    python = job.pythons.get(label)
    if python is None:
        raise NotRun(f"there is no Python {label} here")
    wheel = job.place.wheel(job.tree(tree), job.folder / f"dist-{tree}-{label}", python)
    target = job.folder / "imports" / f"{tree}-{label}"
    install_apart(job.place, python, wheel, target)
    if not list(extensions(target)):
        raise Failed("builds, and there is no extension in the wheel")
    said = job.place.run([*python.words, "-c", IMPORTS], target)
    if said.status:
        raise Failed(f"builds, and the import fails: {said.reason[:160]}")
    use = _old(job).use
    if use and (said := job.place.run([*python.words, "-c", use], target)).status:
        raise Failed(f"builds and imports, and a call fails: {said.reason[:160]}")
    return tag_of(wheel)


def _plain(label: str) -> Callable[[Job], str]:
    def step(job: Job) -> str:
        tag = _built(job, "plain", label)
        if job.project.tests and (job.tree("plain") / job.project.tests).exists():
            (wheel,) = (job.folder / f"dist-plain-{label}").glob("*.whl")
            try:
                outcome(job, f"plain-{label}", wheel, label)
            except Failed as error:
                raise Failed(f"builds and imports, and its own tests end in the middle: {error}") from None
        return tag

    return step


def _ours(label: str) -> Callable[[Job], str]:
    def by_probe(job: Job) -> str:
        try:
            return _built(job, "ours", label)
        except Failed as error:
            if BY_PROBE not in str(error) or "probed" in job.facts:
                raise
        probe(job)
        return f"{_built(job, 'ours', label)} after `probe --write`"

    def step(job: Job) -> str:
        refused = _old(job).refused
        try:
            return by_probe(job)
        except Failed as error:
            if refused and refused in str(error):
                raise NotRun(f"refused: {error}") from None
            raise

    return step


def _tests(label: str) -> Callable[[Job], str]:
    def step(job: Job) -> str:
        if not job.project.tests or not (job.tree("plain") / job.project.tests).exists():
            raise NotRun("no tests in the sdist that run alone")
        (wheel,) = (job.folder / f"dist-ours-{label}").glob("*.whl")
        said = outcome(job, f"ours-{label}", wheel, label)
        if "passed" not in said or re.search(r" (failed|errors?)\b", said):
            raise Failed(said)
        return said

    return step


STEPS: dict[str, Callable[[Job], str]] = {"sdist": get, "migrate": migrate}
NEEDS = {"migrate": "sdist"}
for _label in LATER:
    STEPS.update(
        {f"plain {_label}": _plain(_label), f"ours {_label}": _ours(_label), f"tests {_label}": _tests(_label)}
    )
    NEEDS.update({f"plain {_label}": "sdist", f"ours {_label}": "migrate", f"tests {_label}": f"ours {_label}"})
