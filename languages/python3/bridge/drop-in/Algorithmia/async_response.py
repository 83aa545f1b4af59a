"""Where `algorithmia` has this class."""
from .algo_response import AsyncResponse

__all__ = ["AsyncResponse"]
