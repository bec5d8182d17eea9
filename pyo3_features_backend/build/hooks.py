"""The hooks of PEP 517 and PEP 660: call the delegate, and check the wheel that it makes."""

from __future__ import annotations

from pathlib import Path

from ..model.settings import ConfigSettings
from . import delegate, gather, output
from .interrupts import interruptible
from .steps import Hook


@interruptible()
def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable wheel (PEP 660); returns its file name."""
    start = gather.start(Path.cwd(), config_settings)
    name = "build_editable" if editable else "build_wheel"
    with output.collected(wheel_directory) as made:
        hook = Hook(name, str(made.folder), config_settings, metadata_directory)
        file, facts = delegate.of(start.delegate).build(start, hook)
        from .. import verify

        wheel = made.folder / file
        if "tags" in facts.settings.verify:
            verify.tags(wheel, facts.plan)
        if "import" in facts.settings.verify and not editable:
            verify.imports(wheel, facts.target)
        return made.publish(file)


@interruptible()
def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info, with maturin also the planned tags; returns the name of the folder."""
    start = gather.start(Path.cwd(), config_settings)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    with output.collected(metadata_directory) as made:
        return made.publish(delegate.of(start.delegate).metadata(start, Hook(name, str(made.folder), config_settings)))


@interruptible()
def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; returns its file name. It does not depend on the plan, but invalid settings are an error."""
    start = gather.start(Path.cwd(), config_settings)
    with output.collected(sdist_directory) as made:
        return made.publish(
            delegate.of(start.delegate).sdist(start, Hook("build_sdist", str(made.folder), config_settings))
        )
