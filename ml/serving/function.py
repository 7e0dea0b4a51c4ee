"""The model server as a Lambda function: the same app, asked by the events of a function URL.

Lambda's own runtime client (`python -m awslambdaric ml.serving.function.handler`) imports this module once for each
environment that starts, and hands it one request at a time.
"""

import gc
import os
import sys
from collections.abc import Mapping

from mangum import Mangum

from ml import released
from ml.agreed import MODEL_SHA256, MODEL_URL
from ml.bundle import BundleError
from ml.serving import model
from ml.serving.app import App
from ml.serving.capture import Capture
from ml.serving.metrics import Metrics
from ml.serving.server import BAD_SETTINGS, BUNDLE_REFUSED
from ml.serving.settings import ServerSettings, SettingsError
from ml.store import StoreError


def build(environ: Mapping[str, str]) -> Mangum:
    """What answers events, with the bundle of `MLOPS_MODEL_URL` and `MLOPS_MODEL_SHA256`, or the baseline.

    Lambda brings no model into a container: it is fetched from S3 under the function's role.
    """
    settings, metrics = ServerSettings.from_env(environ), Metrics()
    try:
        archive, sha256 = released.archive(environ.get(MODEL_URL), settings.sha256)
    except ValueError as error:
        raise SettingsError(f"{MODEL_URL} and {MODEL_SHA256}: {error}") from error
    app = App(metrics=metrics, capture=Capture.to(settings.capture, metrics), variant=settings.variant)
    app.use(model.load(archive, sha256))
    gc.collect()
    gc.freeze()
    return Mangum(app, lifespan="off")


def _start() -> Mangum:
    """Ends the process with a sentence where it must not take traffic: Lambda then answers 502 and starts another."""
    try:
        return build(os.environ)
    except SettingsError as error:
        reason, code = str(error), BAD_SETTINGS
    except (BundleError, StoreError) as error:
        reason, code = f"the bundle is refused and takes no traffic: {error}", BUNDLE_REFUSED
    print(reason, file=sys.stderr)  # noqa: T201
    sys.exit(code)


handler = _start()
