from typing import Any

from fastapi import FastAPI
from work import apply

app = FastAPI()


@app.post("/")
async def answer(body: dict[str, Any]) -> dict[str, Any]:
    return {"result": apply(body)}
