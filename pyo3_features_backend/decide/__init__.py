"""The decision. It is pure: it uses only values of ``model``, and imports no reader, ``os``, ``sys`` or ``pathlib``."""
