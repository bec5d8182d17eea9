"""The files of a new project (:mod:`.project`), and those that a crate without Python lacks (:mod:`.crate`)."""
