import asyncio


async def apply(input):
    await asyncio.sleep(0.01)
    if input == "boom":
        raise ValueError(input)
    return "later " + input
