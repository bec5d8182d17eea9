"""One floor to compile: the settings that it is tried with."""

from __future__ import annotations

import sys

from pyo3_features_backend.author.probe.bench import Trial
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.words import Abi

if sys.version_info >= (3, 11):
    pass
else:
    pass


def test_a_trial_overrides_every_setting_that_could_stand_in_its_way() -> None:
    table = {"abi3": "3.12", "abi3t": "3.15", "expect": ["cp39-abi3"], "abi3-crate-features": ["a"], "features": ["x"]}
    pyproject = {"tool": {"pyo3-features-backend": table}}
    trial = Trial(Abi.ABI3, (3, 10), ("b", "c"))
    settings = read_settings(pyproject, "", {"PYO3_FEATURES_BACKEND_ABI3": "off"}, trial.config_settings).for_target(
        running()
    )
    assert (settings.abi3, settings.abi3t, settings.expect) == ("3.10", "off", ())
    assert (settings.abi3_crate_features, settings.features) == (("b", "c"), ("x",))
    settings = read_settings(pyproject, "", {}, Trial(Abi.ABI3T, (3, 15)).config_settings).for_target(running())
    assert (settings.abi3, settings.abi3t, settings.abi3_crate_features) == ("off", "3.15", ("a",))
