"""Bundles, whole and tampered with."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from ml import bundle
from ml.bundle import BundleError
from tests.ml.orders import schema

REFERENCE = {"drift": {"amount": [0.1, 0.2]}, "note": "naïve"}
Files = dict[str, bytes]
WIDTH = len(schema().features)


def refusal(source: bytes | Path, sha256: str) -> str:
    with pytest.raises(BundleError) as refused:
        bundle.load(source, sha256=sha256)
    return str(refused.value)


def contents(archive: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        files = {member.name: tar.extractfile(member) for member in tar}
        return {name: file.read() for name, file in files.items() if file}


def packed(files: Files, *more: tarfile.TarInfo) -> bytes:
    """An archive that our own writer would never make."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in more:
            tar.addfile(member)
    return buffer.getvalue()


def manifested(files: Files, **manifest: object) -> Files:
    """The files with a manifest that lists what is there."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != bundle.MANIFEST}
    return {**files, bundle.MANIFEST: json.dumps({"format": bundle.FORMAT, "sha256": sums, **manifest}).encode()}


def canonical(archive: bytes, **content: bytes) -> bytes:
    """A bundle that is whole, with other content: made by our own writer."""
    files = contents(archive)
    names = {"model": bundle.MODEL, "schema": bundle.SCHEMA, "reference": bundle.REFERENCE}
    return bundle._pack({name: content.get(key, files[name]) for key, name in names.items()})
