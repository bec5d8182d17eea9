"""Decides which results of an earlier compile a build can use again.

It depends only on what cargo documents: artefacts and their dep-info files, `cargo clean -p`, `cargo metadata`,
Cargo.lock, and that cargo detects changes by modification times. It reads and changes no other file in a target folder.

    engine       one build: opens the places for its compiles, and makes the environment that sends cargo there
    session      one place in one build: what cargo must compile again, and the record after the compile
    place        a place: a target folder that only builds of this backend use, with its record
    clean        `cargo clean -p`, and the packages in Cargo.lock
    content      digests of files, computed again only if the metadata of the file may have changed
    inputs       the files that a compile read, according to dep-info; all files of an unpacked sdist
    machine      compilers, C library, cargo's configuration, and the variables that dependencies can read
    environment  the variables that the project's own crates can read
    python       one build configuration for all Pythons that can build a stable-ABI wheel
    interpreter  the same name for the same interpreter in every environment that a front end creates
    cache        the user's cache folder, which contains the places of unpacked sdists
    lock         a lock, so that one build at a time uses a place
    on_import    the same for an editable install, when its extension is imported: this package is copied into the wheel
"""
