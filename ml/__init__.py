"""The ML code: it runs on a laptop, in the image and in the rehearsal, and knows nothing of Pulumi."""

import os

# ONNX Runtime and MLflow report their use to their makers, and leave files in the home folder, unless told before
# they are imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
