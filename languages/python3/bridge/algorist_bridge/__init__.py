"""The worker side of languages/PROTOCOL.md for Python algorithms; started by ../bridge.py."""
