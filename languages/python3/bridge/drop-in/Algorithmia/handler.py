"""`Algorithmia.handler(apply, load).serve()` (runtime.md 3.5)."""
from .signature import positional_count


class Handler:
    """On the platform the bridge replaces `serve` and runs what is kept here."""

    def __init__(self, apply_func, load_func):
        if positional_count(load_func) > 0:
            raise Exception("load function must not have parameters")
        if positional_count(apply_func) not in (1, 2):
            raise Exception("apply function may have between 1 and 2 parameters, not %d" % positional_count(apply_func))
        self.apply_func = apply_func
        self.load_func = load_func
        self.load_result = None

    def serve(self):
        """Outside the platform there is nothing to serve."""
        print("serve() does nothing here: the platform calls apply")
