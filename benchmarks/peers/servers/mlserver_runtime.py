from typing import Any

from mlserver import MLModel
from mlserver.handlers import custom_handler
from work import apply


class Answer(MLModel):
    """What its inference protocol has no request for: a greeting and an echo of any JSON."""

    async def load(self) -> bool:
        return True

    @custom_handler(rest_path="/answer")
    async def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"result": apply(body)}
