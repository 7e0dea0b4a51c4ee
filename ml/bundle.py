"""The model artifact: ONNX, schema, reference statistics and a manifest in one byte-deterministic `model.tar.gz`."""

import hashlib
import io
import json
import re
import struct
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.schema import Schema

FORMAT = 1
MODEL, SCHEMA, REFERENCE, MANIFEST = "model.onnx", "schema.json", "reference.json", "manifest.json"
CONTENT = (MODEL, REFERENCE, SCHEMA)
LARGEST = 512 * 1024 * 1024
EXTERNAL = re.compile(rb"(?:\x0a|\x8a\x80*\x00)(?:\x08|\x88\x80*\x00)location")
"""The key that points a tensor of an ONNX file at another file, in each way that protobuf may spell it."""


class BundleError(Exception):
    """A bundle that must not take traffic, with what was expected of it."""


@dataclass(frozen=True)
class Bundle:
    """A verified model, ready to answer."""

    sha256: str
    schema: Schema
    reference: dict[str, Any]
    model: bytes
    session: Any

    def predict(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The predictions of a rows x features matrix, one a row: a probability, or a value for regression."""
        return self.session.run(None, {"features": matrix})[0].reshape(-1)


def write(*, model: bytes, schema: Schema, reference: dict[str, Any]) -> bytes:
    """A `model.tar.gz`. The same content gives the same bytes on every machine."""
    files = {MODEL: model, SCHEMA: _json(schema.to_dict()), REFERENCE: _json(reference)}
    return _pack(files)


def digest(archive: bytes) -> str:
    """The sha256 that names a bundle, in hex."""
    return hashlib.sha256(archive).hexdigest()


def release(sha256: str) -> str:
    """What a bundle is called in captures and reports: the start of its sha256."""
    return sha256[:12]


def load(source: bytes | Path, *, sha256: str) -> Bundle:
    """The bundle in an archive, or in the folder where SageMaker unpacked one.

    Raises BundleError where a byte, a file or the format differs from what `sha256` names.
    """
    files = _read_folder(source) if isinstance(source, Path) and source.is_dir() else _read_archive(source, sha256)
    _check_manifest(files)
    # A folder holds the same files, so it packs to the same bytes.
    actual = digest(_pack({name: files[name] for name in CONTENT}))
    if actual != sha256:
        raise BundleError(f"the bundle's sha256 is {actual}, expected {sha256}")
    try:
        schema = Schema.from_dict(json.loads(files[SCHEMA]))
        reference = json.loads(files[REFERENCE])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{SCHEMA} or {REFERENCE} cannot be read: {error!r}") from error
    return Bundle(actual, schema, reference, files[MODEL], _session(files[MODEL], schema))


def _session(model: bytes, schema: Schema) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # ONNX Runtime would read such a file, from where the process runs: no digest covers it.
    if EXTERNAL.search(model):
        raise BundleError(f"{MODEL} takes weights from another file, expected all inside: export it as one file")
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        answers = session.run(None, {"features": np.zeros((2, len(schema.features)), dtype=np.float32)})
    except Exception as error:
        raise BundleError(f"{MODEL} does not answer {len(schema.features)} features: {error}") from error
    given = ", ".join(f"{answer.dtype} {answer.shape}" for answer in map(np.asarray, answers))
    if given not in ("float32 (2,)", "float32 (2, 1)"):
        raise BundleError(f"{MODEL} answers {given} for 2 rows, expected one float32 a row")
    return session


def _check_manifest(files: dict[str, bytes]) -> None:
    if MANIFEST not in files:
        raise BundleError(f"{MANIFEST} is missing")
    try:
        manifest = json.loads(files[MANIFEST])
        version, listed = manifest["format"], dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{MANIFEST} cannot be read: {error!r}") from error
    if version != FORMAT:
        raise BundleError(f"the bundle's format is {version!r}, expected {FORMAT}: rebuild it, or update the image")
    if sorted(listed) != sorted(CONTENT):
        raise BundleError(f"{MANIFEST} lists {sorted(listed)}, expected {sorted(CONTENT)}")
    for name in sorted(set(files) - {MANIFEST} - set(CONTENT)):
        raise BundleError(f"{name} is in the bundle but not in its manifest")
    for name in CONTENT:
        if name not in files:
            raise BundleError(f"{name} is missing")
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            raise BundleError(f"{name} differs from its sha256 in {MANIFEST}")


def _read_folder(folder: Path) -> dict[str, bytes]:
    files = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file():
            raise BundleError(f"{path.name} is not a plain file")
        try:
            files[path.name] = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path.name} cannot be read: {error.strerror}") from error
    return files


def _read_archive(source: bytes | Path, sha256: str) -> dict[str, bytes]:
    try:
        archive = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise BundleError(f"{source} cannot be read: {error.strerror}") from error
    if digest(archive) != sha256:
        raise BundleError(f"the archive's sha256 is {digest(archive)}, expected {sha256}")
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            for member in tar:
                if not member.isfile() or "/" in member.name or member.name in files:
                    raise BundleError(f"{member.name!r} in the archive is not a plain file at its top")
                if member.size > LARGEST:
                    raise BundleError(f"{member.name} has {member.size} bytes, expected at most {LARGEST}")
                content = tar.extractfile(member)
                files[member.name] = content.read() if content else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise BundleError(f"not a readable model.tar.gz: {error}") from error
    return files


def _pack(content: dict[str, bytes]) -> bytes:
    manifest = {"format": FORMAT, "sha256": {name: hashlib.sha256(content[name]).hexdigest() for name in CONTENT}}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted({**content, MANIFEST: _json(manifest)}.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))
    return _gzip_stored(buffer.getvalue())


def _gzip_stored(data: bytes) -> bytes:
    """A gzip file of stored blocks (RFC 1951, 3.2.4): compressors differ between machines, stored bytes do not."""
    out = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for start in range(0, len(data), 0xFFFF):
        block = data[start : start + 0xFFFF]
        last = start + 0xFFFF >= len(data)
        out += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    out.append(struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))
    return b"".join(out)


def _json(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
