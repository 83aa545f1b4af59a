"""Insights: numbers that an algorithm reports about the running call (runtime.md 5.4)."""
import json
import os

from .transport import Transport


def report(transport, insights):
    """Sends `{key: value}` through `transport`."""
    pairs = [{"insight_key": key, "insight_value": value} for key, value in insights.items()]
    transport.send("POST", "/v1/insights", body=json.dumps(pairs).encode("utf-8"), content_type="application/json")


class Insights:
    """`Insights({...})` reports at once."""

    def __init__(self, insights):
        report(Transport(os.environ.get("ALGORITHMIA_API") or "http://localhost:9000", {}), insights)
