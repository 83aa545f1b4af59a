"""Lets the official `algorithmia` and `algorithmia-adk` packages, and our drop-in, serve over frames.

Their files stay untouched: `ADK.init` and `Handler.serve` are replaced after import by functions that register and
return. What they registered runs by their rules (runtime.md 3.4, 3.5).
"""

_registered = []


def registered_algorithm():
    """The first algorithm that called `init` or `serve` while loading, or None."""
    return _registered[0] if _registered else None


def switch_adk(module):
    """For the module that defines the class `ADK`."""

    def init(self, local_payload=None, pprint=print, mlops=False):
        self.is_local = False
        if mlops:
            self.mlops_init()
        _registered.append(_AdkAlgorithm(self))

    module.ADK.init = init


def switch_handler(module):
    """For the module that defines the class `Handler`."""

    def serve(self):
        _registered.append(_HandlerAlgorithm(self))

    module.Handler.serve = serve


class _AdkAlgorithm:
    def __init__(self, adk):
        self._adk = adk

    def prepare(self):
        adk = self._adk
        if adk.model_data.available():
            adk.model_data.initialize()
        if adk.load_func:
            adk.load_result = adk.load_func(adk.model_data) if adk.load_arity == 1 else adk.load_func()
        if adk.load_result is None:
            return adk.apply_func
        return _with_state(adk.apply_func, adk.load_result, takes_state=adk.apply_arity == 2)


class _HandlerAlgorithm:
    def __init__(self, handler):
        self._handler = handler

    def prepare(self):
        handler = self._handler
        handler.load_result = handler.load_func()
        return _with_state(handler.apply_func, handler.load_result, takes_state=True)


def _with_state(apply, state, takes_state):
    # The truth of the state is asked for at every call, as there: {} counts as none, and a numpy array raises.
    def apply_with_state(value):
        if state and takes_state:
            return apply(value, state)
        return apply(value)

    return apply_with_state
