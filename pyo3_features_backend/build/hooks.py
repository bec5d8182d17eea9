"""The hooks of PEP 517 and PEP 660: call the delegate, and check the wheel that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..facts.files import current_folder
from ..model.settings import ConfigSettings
from ..rebuild import archives
from . import delegate, output
from .interrupts import interruptible
from .start import Hook, Start

if TYPE_CHECKING:
    from .gather import Facts


@interruptible()
def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable wheel (PEP 660); returns its file name."""
    start = Start.read(current_folder(), config_settings)
    if "symbols" in start.settings.verify:
        from ..verify import stable_abi

        stable_abi.load()  # a missing abi3info is said before anything is compiled
    name = "build_editable" if editable else "build_wheel"
    with output.collected(wheel_directory) as made:
        hook = Hook(
            name=name,
            directory=str(made.folder),
            config_settings=config_settings,
            metadata_directory=metadata_directory,
        )
        file, facts = delegate.of(start.delegate).build(start, hook)
        if editable:
            from .editable import note

            note(facts)
        _verify(made.folder / file, facts, editable=editable)
        archives.keep(facts.settings.compile_cache)
        return made.publish(file)


def _verify(wheel: Path, facts: Facts, *, editable: bool) -> None:
    """Check the wheel as the settings ask for. Raises a :class:`BackendError`."""
    from ..verify import planned, stable_abi

    checks = facts.settings.verify
    if "tags" in checks:
        planned.tags(wheel, facts.plan)
    if "symbols" in checks or ("tags" in checks and facts.plan.wheel):
        abi = stable_abi.load() if "symbols" in checks else None
        planned.contents(wheel, abi, facts.module_names)
    if "import" in checks and not editable:
        from ..verify import importing

        importing.imports(wheel, facts.target)


@interruptible()
def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info, with maturin also the planned tags; returns the name of the folder."""
    start = Start.read(current_folder(), config_settings)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    with output.collected(metadata_directory) as made:
        folder = delegate.of(start.delegate).metadata(start, Hook(name, str(made.folder), config_settings))
        archives.keep(start.settings.compile_cache)
        return made.publish(folder)


@interruptible()
def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; returns its file name. It does not depend on the plan, but invalid settings are an error."""
    start = Start.read(current_folder(), config_settings)
    with output.collected(sdist_directory) as made:
        file = delegate.sdist(start, Hook("build_sdist", str(made.folder), config_settings))
        archives.keep(start.settings.compile_cache)
        return made.publish(file)
