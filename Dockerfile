# The one image that trains, monitors and serves. CodeBuild builds it in the account (infra/image.py).
#
# The base by its digest, of all its architectures: Python 3.11.16 of 19 September 2026, as Docker's own list of
# official images has it (github.com/docker-library/repo-info, repos/python/remote/3.11-slim-bookworm.md). Amazon's
# registry mirrors them. `docker buildx imagetools inspect <name>:<tag>` says the digest of a newer one.
ARG BASE=public.ecr.aws/docker/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${BASE} AS packages
COPY requirements/train.txt /tmp/train.txt
# Wheels only: nothing is compiled, so the image needs no compiler.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/train.txt

FROM ${BASE}
ARG SOURCE=unknown
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 MLFLOW_DISABLE_TELEMETRY=true MPLCONFIGDIR=/tmp/matplotlib MLOPS_CODE_VERSION=${SOURCE}
COPY --from=packages /opt/venv /opt/venv
COPY ml /opt/app/ml
# The model that answers until one is released. An image that cannot make it does not build.
RUN python -m ml.baseline /opt/baseline
WORKDIR /opt/app
EXPOSE 8080
# No USER: SageMaker expects containers to run as root and mounts /opt/ml for root. Elsewhere: `docker run --user 1000
# --read-only --tmpfs /tmp`, which a test does.
# SageMaker starts an endpoint as `<image> serve` and a training job as `<image> train`; jobs name their own command.
# A Lambda function is told to start `<image> function`.
ENTRYPOINT ["/bin/sh", "-c", "case \"${1:-serve}\" in serve) exec python -m ml.serving --host 0.0.0.0 --port 8080 ;; train) exec python -m ml.cli pipeline ;; function) exec python -m awslambdaric ml.serving.function.handler ;; *) exec \"$@\" ;; esac", "image"]
