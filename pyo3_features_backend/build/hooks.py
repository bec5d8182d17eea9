"""The hooks of PEP 517 and PEP 660: let the delegate work, and verify what it made."""

from __future__ import annotations

from pathlib import Path

from ..errors import BackendError
from ..model.settings import ConfigSettings
from . import delegate, gather
from .interrupts import handled
from .steps import Hook


@handled()
def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable one (PEP 660); returns its file name."""
    begun = gather.start(Path.cwd(), config_settings)
    hook = Hook("build_editable" if editable else "build_wheel", wheel_directory, config_settings, metadata_directory)
    name, facts = delegate.of(begun.delegate).build(begun, hook)
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


@handled()
def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info (with maturin also the planned tag); returns its folder's name."""
    begun = gather.start(Path.cwd(), config_settings)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    return delegate.of(begun.delegate).metadata(begun, Hook(name, metadata_directory, config_settings))


@handled()
def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; the plan plays no part in it, but broken settings are an error here too."""
    begun = gather.start(Path.cwd(), config_settings)
    return delegate.of(begun.delegate).sdist(begun, Hook("build_sdist", sdist_directory, config_settings))
