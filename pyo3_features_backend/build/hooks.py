"""The hooks of PEP 517 and PEP 660: call the delegate, and check the wheel that it makes."""

from __future__ import annotations

from pathlib import Path

from ..errors import BackendError
from ..model.settings import ConfigSettings
from . import delegate, gather
from .interrupts import interruptible
from .steps import Hook


@interruptible()
def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable wheel (PEP 660); returns its file name."""
    start = gather.start(Path.cwd(), config_settings)
    hook = Hook("build_editable" if editable else "build_wheel", wheel_directory, config_settings, metadata_directory)
    name, facts = delegate.of(start.delegate).build(start, hook)
    if editable:
        from .editable import note

        note(facts)
    from .. import verify

    wheel = Path(wheel_directory, name)
    try:
        if "tags" in facts.settings.verify:
            verify.tags(wheel, facts.plan)
        if "import" in facts.settings.verify and not editable:
            verify.imports(wheel, facts.target)
    except BackendError:
        wheel.unlink()
        raise
    return name


@interruptible()
def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info, with maturin also the planned tags; returns the name of the folder."""
    start = gather.start(Path.cwd(), config_settings)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    return delegate.of(start.delegate).metadata(start, Hook(name, metadata_directory, config_settings))


@interruptible()
def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; returns its file name. It does not depend on the plan, but invalid settings are an error."""
    start = gather.start(Path.cwd(), config_settings)
    return delegate.of(start.delegate).sdist(start, Hook("build_sdist", sdist_directory, config_settings))
