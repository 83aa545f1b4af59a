import os
import signal

import ray
from ray import serve
from ray.serve.config import HTTPOptions
from ray.serve.schema import LoggingConfig
from work import apply

WORKERS = int(os.environ["WORKERS"])


@serve.deployment(num_replicas=WORKERS, max_ongoing_requests=100)
class Answer:
    async def __call__(self, request):
        return {"result": apply(await request.json())}


# No dashboard: it serves nobody here.
ray.init(_node_ip_address="127.0.0.1", include_dashboard=False, num_cpus=WORKERS, _temp_dir=os.environ["RAY_FOLDER"])
serve.start(
    http_options=HTTPOptions(host="127.0.0.1", port=int(os.environ["PORT"])),
    logging_config=LoggingConfig(enable_access_log=False, log_level="WARNING"),
)
serve.run(Answer.bind(), logging_config=LoggingConfig(enable_access_log=False, log_level="WARNING"))
signal.pause()
