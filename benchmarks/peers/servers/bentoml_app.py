import os
from typing import Any

import bentoml
from work import apply


@bentoml.service(workers=int(os.environ["WORKERS"]))
class Answer:
    @bentoml.api(route="/hello")
    def hello(self, name: str) -> dict[str, Any]:
        return {"result": apply({"name": name})}

    @bentoml.api(route="/echo")
    def echo(self, data: list[Any]) -> dict[str, Any]:
        return {"result": apply({"data": data})}

    @bentoml.api(route="/predict")
    def predict(self, x: list[list[float]]) -> dict[str, Any]:
        return {"result": apply({"x": x})}
