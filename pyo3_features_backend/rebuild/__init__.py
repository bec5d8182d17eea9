"""What may be used again of an earlier compile, and what may not.

Stands on what cargo documents: artefacts and their dep-info files, `cargo clean -p`, `cargo metadata`, Cargo.lock, and
modification times as the sign of a change. No other file that cargo keeps in a target folder is read or touched.

    engine       one build: finds the places for its compiles, and gives the environment that sends cargo there
    session      what one place has to forget before a compile, and the record after it
    place        a target folder that only builds of this backend use, its record, and what has to be compiled again
    clean        `cargo clean -p`, and the packages of Cargo.lock
    content      files by content, hashed again only where their metadata say that they may have changed
    inputs       the files that a compile read, from dep-info; the whole tree of an unpacked sdist
    machine      compilers, C library, cargo's configuration, and the variables that dependencies can see
    environment  the variables that the project's own crates can see
    python       one build configuration for every Python that a stable-ABI wheel is built by
    interpreter  one name for one interpreter, whatever environment a front end made
    cache        the user's cache folder, where the places of unpacked sdists are
    lock         one build at a time in a place
"""
