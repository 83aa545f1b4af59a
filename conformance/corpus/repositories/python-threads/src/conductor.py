import Algorithmia
import logging
from threading import Thread
from src.logging import Logger

A = "algo://__USER__/part_a/0.2.x"
B = "algo://__USER__/part_b/0.1.*"

client = Algorithmia.client()


def ask(name, where, value, logger, answers):
    answers[name] = client.algo(where).set_options(timeout=100).pipe(value).result
    logger.emit(name)


def apply(input):
    if not isinstance(input, dict) or 'features' not in input:
        raise Exception("'features' was either not defined, or was an invalid type.")
    logger, answers = Logger(), {}
    features = input['features']
    threads = [Thread(target=ask, args=("A", A, features[:2], logger, answers)),
               Thread(target=ask, args=("B", B, features[2:], logger, answers))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return {"answers": answers, "events": sorted(logger.events), "standard": hasattr(logging, "getLogger")}
