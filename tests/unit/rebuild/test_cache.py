"""The size of the compile cache."""

from __future__ import annotations

import pytest

from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.rebuild import cache


def test_a_size_has_plain_letters_and_digits() -> None:
    assert cache.limit({cache.LIMIT: "1.5 k"}) == 1536
    for text in ("5\u212a", "\u0665", "5 Q", "-1"):  # the Kelvin sign, an Arabic digit
        with pytest.raises(SettingsError, match="is not a size"):
            cache.limit({cache.LIMIT: text})
