"""What the backend does with inputs that nobody meant, and when something fails around it.

python tools/reliability [--inputs N] [--minutes N] [--seed N] [--only TEXT] [--write]

kinds       the kinds of input: how each is made, and which reader takes it
inputs      hypothesis strategies: real files that are changed, and wrong values at known keys
keys        the keys that somebody may write in each file
seeds       real files of each kind, from the examples and the tests
world       a project on disk for the readers, and cargo and rustc that answer at once
readers     what a build reads
records     what the rebuild engine reads
sources     what check and migrate read
wheels      what is read of a wheel; the audit's readers are called here
limits      one input: which exception, how long, how much memory
found       inputs that failed once
guided      the same inputs chosen by coverage, with atheris
hooks       one hook in a process of its own, and a project whose wheel says whether it is right
signals     SIGKILL and SIGTERM at random points of every hook
faults      full disks, read-only folders, no home, two hooks at once
report      the tables of docs/reliability.md
"""
