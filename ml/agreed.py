"""What `ml/` and `infra/` agree on beside `ml.wiring`: variables of what serves, and where jobs write, by prefix."""

MODEL_URL, MODEL_SHA256 = "MLOPS_MODEL_URL", "MLOPS_MODEL_SHA256"
"""The variables that tell a server its release: the bundle's digest, and where it lies where nothing brings it."""
APPROVED, BUNDLE = "approved/", "model.tar.gz"
"""In the models bucket: the bundles that passed their gate, each under its sha256. SageMaker asks for such a name."""
SCORED = "scored/"
"""In the capture bucket: predictions of batches, by day and release."""
SERVED = "releases/served/"
"""In the models bucket: what the endpoint was seen to run."""
RESTORATIONS = "releases/restorations/"
"""In the models bucket: which releases were taken back on labels, and why."""

OPT_ML = "MLOPS_OPT_ML"
"""The variable that names, where a container has not /opt/ml, the folder that stands for it."""


def bundle_key(sha256: str) -> str:
    """Where a bundle lies in the models bucket: there the bucket's policy lets nobody write twice, or delete."""
    return f"{APPROVED}{sha256}/{BUNDLE}"
