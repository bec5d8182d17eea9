"""The one decision. Pure: it sees values of ``model`` alone, and imports no reader, ``os``, ``sys`` or ``pathlib``."""
