"""The life of a worker: load, then one call at a time until the runner closes the stream."""
from .channel import CALL, ERROR, JSON, LOAD_FAILED, READY, SMALL_BODY_BYTES, STARTED, VALUE, frame
from .errors import LOADING_TYPE, describe
from .values import decode, encode

_event_loop = None


def load_or_report(channel, output, load):
    """Runs `load()` and tells the runner; returns `apply`, or None after a failure was reported."""
    try:
        apply = load()
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        output.flush()
        channel.send(frame(LOAD_FAILED, JSON, 0, describe(error, LOADING_TYPE)))
        return None
    output.flush()
    channel.send(frame(READY))
    return apply


def serve(channel, output, apply):
    """Answers calls in order; returns at the end of the stream."""
    answer = b""
    while True:
        # An answer waits for the next start mark only if that call is here already: one write then carries both.
        received = channel.receive_buffered()
        if received is None:
            if answer:
                channel.send(answer)
                answer = b""
            received = channel.receive()
            if received is None:
                return
        type_, kind, call, body = received
        if type_ != CALL:
            continue
        channel.send(answer + frame(STARTED, call=call))
        output.call = call
        answer_type, answer_kind, answer_body = _answer(apply, kind, body)
        output.flush()
        output.call = 0
        if len(answer_body) <= SMALL_BODY_BYTES:
            answer = frame(answer_type, answer_kind, call, answer_body)
        else:
            channel.send_big(answer_type, answer_kind, call, answer_body)
            answer = b""


def _answer(apply, kind, body):
    try:
        result = apply(decode(kind, body))
        if hasattr(type(result), "__await__"):
            result = _wait_for(result)
        return (VALUE, *encode(result))
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        return ERROR, JSON, describe(error)


def _wait_for(awaitable):
    """Runs a coroutine on one loop for the worker's life, so that connections it keeps stay usable."""
    global _event_loop
    import asyncio

    if _event_loop is None:
        _event_loop = asyncio.new_event_loop()
        asyncio.set_event_loop(_event_loop)
    return _event_loop.run_until_complete(awaitable)
