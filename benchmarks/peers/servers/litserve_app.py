import os

import litserve
from work import apply


class Answer(litserve.LitAPI):
    def setup(self, device):
        pass

    def predict(self, request):
        return {"result": apply(request)}


if __name__ == "__main__":
    workers = int(os.environ["WORKERS"])
    server = litserve.LitServer(Answer(api_path="/"), accelerator="cpu", workers_per_device=workers, fast_queue=True)
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        num_api_servers=workers,
        log_level="warning",
        generate_client_file=False,
    )
