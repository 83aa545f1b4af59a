"""Workers forked from a process that has the interpreter and the platform's libraries loaded (design.md 5)."""
