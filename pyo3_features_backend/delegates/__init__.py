"""How maturin, setuptools and setuptools-rust are called."""
