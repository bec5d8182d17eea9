"""Decides which results of an earlier compile a build can use again.

It depends only on what cargo documents: artefacts and their dep-info files, `cargo clean -p`, `cargo metadata`,
Cargo.lock, and that cargo detects changes by modification times. It reads and changes no other file in a target folder.

    engine       one build: opens the places for its compiles, and makes the environment that sends cargo there
    choice       which places a build uses, and their locks
    session      one place in one build: what cargo must compile again, and the record after the compile
    place        a place: a target folder that only builds of this backend use, with its record
    places       finds and removes places
    request      what a build asks of the engine
    clean        `cargo clean -p`, and the packages in Cargo.lock
    content      digests of files, computed again only if the metadata of the file may have changed
    inputs       the files that a compile read, according to dep-info; all files of an unpacked sdist
    machine      compilers, C library, cargo's configuration, and the variables that dependencies can read
    environment  the variables that the project's own crates can read
    folder       whether a compile can depend on the folder of an sdist
    scripts      what a build script can see, if its text shows that
    python       one build configuration for all Pythons that can build a stable-ABI wheel
    interpreter  the same name for the same interpreter in every environment that a front end creates
    user_folder  the user's cache folder: where it is, and whether somebody else could have changed it
    cache        the places of unpacked sdists in that folder
    bytecode     the bytecode of this backend in that folder: loads it
    archives     writes and removes it
    lock         a lock, so that one build at a time uses a place
    wheel_files  adds the modules of on_import to an editable wheel
    on_import    the same for an editable install, when its extension is imported: this package is copied into the wheel
"""
