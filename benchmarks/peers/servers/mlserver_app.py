"""Writes the model repository of MLServer into the working directory and starts the server on it."""
import json
import os
import shutil
import sys
from pathlib import Path

import joblib
from work import model

here = Path(__file__).parent
settings = {
    "iris": {"implementation": "mlserver_sklearn.SKLearnModel", "parameters": {"uri": "./iris.joblib"}},
    "answer": {"implementation": "mlserver_runtime.Answer"},
}
for name, chosen in settings.items():
    folder = Path("models", name)
    folder.mkdir(parents=True)
    (folder / "model-settings.json").write_text(json.dumps({"name": name, **chosen}))
joblib.dump(model, "models/iris/iris.joblib")
for file in ("mlserver_runtime.py", "work.py"):
    shutil.copy(here / file, "models/answer")

mlserver = Path(sys.executable).parent / "mlserver"
os.execv(mlserver, [str(mlserver), "start", "models"])
