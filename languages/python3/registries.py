"""Prints where pip installs from when nothing else is said, one address a line. Mirrors come from the environment."""
try:
    from pip._internal.models.index import PyPI
except ImportError:
    raise SystemExit("pip is missing")

print(PyPI.simple_url)
print("https://%s/" % PyPI.file_storage_domain)
