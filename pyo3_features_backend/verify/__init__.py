"""Checks a built wheel against the plan, and against what its tags promise.

The readers (``wheel``, ``elf``, ``macho``, ``pe``) make the values of ``values``. The checks (``names``,
``modules``, ``linked``, ``symbols``) are pure: a wheel in, problems out. ``audit`` puts them together for the command,
``build`` for a build.
"""
