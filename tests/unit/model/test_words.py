"""Words of enumerations in texts."""

from __future__ import annotations

import json

from pyo3_features_backend.model.words import Abi


def test_a_word_is_its_value_in_every_text() -> None:
    assert [str(Abi.ABI3), f"{Abi.ABI3}", f"{Abi.ABI3:>6}", "%s" % Abi.ABI3] == ["abi3", "abi3", "  abi3", "abi3"]  # noqa: UP031
    assert json.dumps({"abi": Abi.VERSION_SPECIFIC}) == '{"abi": "version-specific"}'
