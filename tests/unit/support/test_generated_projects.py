"""The random projects that real builds are held against: none of their kinds is forgotten."""

from __future__ import annotations

from support.generated_edits import drawn
from support.generated_projects import CONFIGS, FILES, FOLDERS, PLACES, SCRIPTS, VARIABLES


def test_every_kind_of_project_and_of_edit_is_drawn() -> None:
    seen = set()
    for number in range(600):
        layout, steps = drawn(number)
        seen |= {f"{key}={value}" for key, value in layout._asdict().items() if isinstance(value, (str, bool))}
        seen |= {f"sdist={layout.sdist} {step.kind}" for step in steps}
        for crate, reading in layout.readings():
            seen.add(f"{reading.how} {'announced' if reading.announced else ''}")
            seen |= {reading.source, "optional" if crate.optional else "", crate.folder}
            seen |= {f"{place} read" for place in PLACES if f"/{place}/" in f"/{reading.path}"}
    wanted = {f"{how} " for how in (*FILES, *FOLDERS, *VARIABLES)} | {f"{how} announced" for how in SCRIPTS}
    wanted |= {f"{place} read" for place in PLACES} | {*CONFIGS, "optional", "..", "../part", "../../other", "second"}
    kinds = ("first", "edit", "touch", "back", "checkout", "failure", "cargo", "sibling")
    wanted |= {f"sdist={sdist} {kind}" for sdist in (True, False) for kind in kinds}
    wanted |= {f"{name}={value}" for name in ("shared", "alone", "program", "python") for value in (True, False)}
    wanted |= {f"level={value}" for value in ("RUSTFLAGS", *CONFIGS)} | {"compiler=PATH", "compiler=CC"}
    wanted |= {f"linker={value}" for value in ("variable", *CONFIGS[:2])} | {"delegate=maturin"}
    assert wanted <= seen, wanted - seen
