"""`ADK(apply, load).init()` (runtime.md 3.4)."""
import json

from .manifest import ModelData
from .signature import positional_count


class ADK:
    """On the platform the bridge replaces `init` and runs what is kept here; elsewhere `init` tries one input."""

    def __init__(self, apply_func, load_func=None, client=None):
        if client is None:
            from .client import Client

            client = Client()
        self.client = client
        self.apply_func = apply_func
        self.apply_arity = positional_count(apply_func)
        self.load_func = load_func
        self.load_arity = positional_count(load_func) if load_func else 0
        if self.load_arity not in (0, 1):
            raise Exception("load function expects 0 parameters or 1 parameter to be used to store algorithm state")
        self.load_result = None
        self.model_data = ModelData(client, "model_manifest.json")

    def init(self, local_payload=None, pprint=print, mlops=False):
        """Loads, applies once to `local_payload` if there is one, and prints the answer. Raises what they raise."""
        if self.model_data.available():
            self.model_data.initialize()
        if self.load_func:
            self.load_result = self.load_func(self.model_data) if self.load_arity == 1 else self.load_func()
        print("loading complete")
        if local_payload is not None:
            pprint(self._answer(local_payload))

    def mlops_init(self):
        raise Exception("mlops needs the package itself: pin algorithmia-adk==1.2.4 in requirements.txt")

    def _answer(self, payload):
        import base64

        takes_state = self.load_result and self.apply_arity == 2
        result = self.apply_func(payload, self.load_result) if takes_state else self.apply_func(payload)
        kind = "json"
        if isinstance(result, (bytes, bytearray)):
            kind, result = "binary", base64.b64encode(result).decode("ascii")
        elif isinstance(result, str):
            kind = "text"
        return json.dumps({"result": result, "metadata": {"content_type": kind}})
