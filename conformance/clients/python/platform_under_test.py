"""What all cases share: clients made from the environment that lib/platform.ts prepared."""
import os
import uuid

import Algorithmia

OWNER = os.environ["CASES_OWNER"]
PROBE = os.environ["CASES_PROBE"]
COMMIT = os.environ["CASES_PROBE_COMMIT"]
STRANGER_KEY = os.environ["CASES_STRANGER_KEY"]
ADMIN_KEY = os.environ["CASES_ADMIN_KEY"]
# A collection of the owner with more files than fit on a page, and their names in order.
CROWD = os.environ["CASES_CROWD"]
CROWD_NAMES = ["{:05d}.txt".format(index) for index in range(int(os.environ["CASES_CROWD_SIZE"]))]
WRONG_KEY = "sim0000000000000000000000000"

DETAILS = {"label": "Made by the Python client", "summary": "a summary", "tagline": "a tagline"}
SETTINGS = {"source_visibility": "closed", "license": "apl", "network_access": "full", "pipeline_enabled": True,
            "language": "python3"}


def client(key=None):
    return Algorithmia.client(key)


def probe(version="", key=None):
    return client(key).algo(PROBE + version)


def unique(prefix):
    return prefix + uuid.uuid4().hex[:8]
