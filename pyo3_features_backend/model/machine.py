"""Variables that belong to a machine and not to a project, so they have no key in the table of settings."""

from __future__ import annotations

CACHE_DIR = "PYO3_FEATURES_BACKEND_CACHE_DIR"
CACHE_SIZE = "PYO3_FEATURES_BACKEND_CACHE_SIZE"
CACHE_SIZE_DEFAULT = "5G"
VARIABLES = {
    CACHE_DIR: "The folder of the compile cache. Default: a folder in the user's cache folder.",
    CACHE_SIZE: f"The maximum size of the compile cache, such as `500M`. Default: `{CACHE_SIZE_DEFAULT}`.",
}
