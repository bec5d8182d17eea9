"""Real projects from PyPI, converted, built, imported and tested; see docs/corpus.md for what came of it.

python tools/corpus [--only NAME ...] [--again] [--write]
python tools/corpus new [--only NAME ...] [--again] [--write]
python tools/corpus tools [--only TEXT ...] [--again] [--write]
python tools/corpus tables | published

projects    the projects: version and digest of the sdist, and what each needs
index       the package index
published   the names of the wheels that each project has published, recorded
pythons     the interpreters of this machine
place       the folder of a run, its programs and environment, and the results that are kept there
steps       what is done to one project
trials      the project's own tests, imports, and rebuilds
new         sdists that are older than the Python that they are built on
front_ends  front ends and delegates, oldest and newest
report      the tables of docs/corpus.md and docs/tools.md
run         the program
"""
