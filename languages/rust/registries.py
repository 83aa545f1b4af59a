"""Prints where cargo fetches crates from when nothing else is said, one address a line. Mirrors come from the environment."""
from mirror import INDEX, DOWNLOADS

print(INDEX)
print(DOWNLOADS)
