"""`from adk import ADK`, as the package `algorithmia-adk` offers it."""
from Algorithmia.adk import ADK

__all__ = ["ADK"]
