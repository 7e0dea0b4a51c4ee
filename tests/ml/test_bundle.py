"""The bundle: the same content gives the same bytes, and nothing else than those bytes is ever loaded."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ml import bundle
from ml.baseline import constant
from ml.bundle import BundleError
from tests.ml.orders import schema

REFERENCE = {"drift": {"amount": [0.1, 0.2]}, "note": "naïve"}
Files = dict[str, bytes]
WIDTH = len(schema().features)


@pytest.fixture(scope="module")
def archive() -> bytes:
    return bundle.write(model=constant(0.25, width=WIDTH), schema=schema(), reference=REFERENCE)


@pytest.fixture
def folder(archive: bytes, tmp_path: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        tar.extractall(tmp_path / "model", filter="data")
    return tmp_path / "model"


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


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_what_was_written_is_loaded(archive: bytes, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.tar.gz"
    file.write_bytes(archive)
    for source in (archive, file, folder):
        loaded = bundle.load(source, sha256=bundle.digest(archive))
        assert loaded.schema == schema()
        assert loaded.reference == REFERENCE
        assert loaded.sha256 == bundle.digest(archive)
        assert loaded.predict(np.zeros((3, WIDTH), np.float32)).tolist() == [0.25] * 3


def test_the_same_content_gives_the_same_bytes_whatever_the_order_of_its_keys(archive: bytes) -> None:
    turned = dict(reversed(REFERENCE.items()))
    assert bundle.write(model=constant(0.25, width=WIDTH), schema=schema(), reference=turned) == archive
    assert bundle.write(model=constant(0.25, width=WIDTH), schema=schema(), reference={}) != archive


def test_stock_tools_read_it(archive: bytes, tmp_path: Path) -> None:
    assert gzip.decompress(archive)
    (tmp_path / "model.tar.gz").write_bytes(archive)
    shutil.unpack_archive(tmp_path / "model.tar.gz", tmp_path / "out", filter="data")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*bundle.CONTENT, bundle.MANIFEST}


@pytest.mark.parametrize("size", [1, 0xFFFE, 0xFFFF, 0x10000, 200_000])
def test_stored_gzip_of_any_size_is_read_by_the_stock_module(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert gzip.decompress(bundle._gzip_stored(data[:size])) == data[:size]


def test_a_flipped_byte_anywhere_is_refused(archive: bytes) -> None:
    for position in range(0, len(archive), 37):
        flipped = bytearray(archive)
        flipped[position] ^= 0x40
        assert "sha256" in refusal(bytes(flipped), bundle.digest(archive))
        # Even under the digest of the flipped bytes: they are not what our writer makes of their content.
        refusal(bytes(flipped), bundle.digest(bytes(flipped)))


@pytest.mark.parametrize("name", [*bundle.CONTENT, bundle.MANIFEST])
def test_a_flipped_byte_in_an_unpacked_file_is_refused(archive: bytes, folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for position in (0, len(content) // 2, len(content) - 1):
        flipped = bytearray(content)
        flipped[position] ^= 0x01
        (folder / name).write_bytes(flipped)
        refusal(folder, bundle.digest(archive))


@pytest.mark.parametrize("name", [*bundle.CONTENT, bundle.MANIFEST])
def test_a_missing_file_is_named(archive: bytes, folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refusal(folder, bundle.digest(archive)) == f"{name} is missing"


def test_a_file_too_many_is_named(archive: bytes, folder: Path) -> None:
    (folder / "code.py").write_text("print('hello')")
    assert refusal(folder, bundle.digest(archive)) == "code.py is in the bundle but not in its manifest"


def test_a_file_that_the_manifest_adds_is_refused(archive: bytes) -> None:
    odd = packed(manifested({**contents(archive), "code.py": b"1"}))
    assert "lists" in refusal(odd, bundle.digest(odd))


@pytest.mark.parametrize(
    "member",
    [
        special("../escape", tarfile.REGTYPE),
        special("/etc/escape", tarfile.REGTYPE),
        special("inner/model.onnx", tarfile.REGTYPE),
        special("link", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard", tarfile.LNKTYPE, "model.onnx"),
        special("pipe", tarfile.FIFOTYPE),
        special("folder", tarfile.DIRTYPE),
        special("model.onnx", tarfile.REGTYPE),
    ],
    ids=lambda member: f"{member.name}, type {member.type.decode()}",
)
def test_a_member_that_is_not_a_plain_file_at_the_top_is_refused(archive: bytes, member: tarfile.TarInfo) -> None:
    odd = packed(contents(archive), member)
    assert "is not a plain file at its top" in refusal(odd, bundle.digest(odd))


def test_links_and_folders_among_unpacked_files_are_refused(archive: bytes, folder: Path) -> None:
    target = folder.parent / "elsewhere.onnx"
    target.write_bytes((folder / bundle.MODEL).read_bytes())
    (folder / bundle.MODEL).unlink()
    (folder / bundle.MODEL).symlink_to(target)
    assert refusal(folder, bundle.digest(archive)) == "model.onnx is not a plain file"
    (folder / bundle.MODEL).unlink()
    (folder / bundle.MODEL).mkdir()
    assert refusal(folder, bundle.digest(archive)) == "model.onnx is not a plain file"


def test_a_member_that_is_too_large_is_refused_before_it_is_read(
    archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "LARGEST", 100)
    assert "expected at most 100" in refusal(archive, bundle.digest(archive))


def test_a_truncated_archive_is_refused(archive: bytes) -> None:
    for length in (0, 1, 10, 1_000, len(archive) // 2, len(archive) - 8, len(archive) - 1):
        cut = archive[:length]
        assert "sha256" in refusal(cut, bundle.digest(archive))
        refusal(cut, bundle.digest(cut))


def test_another_archive_of_the_same_files_is_refused(archive: bytes) -> None:
    other = packed(contents(archive))
    assert f"expected {bundle.digest(other)}" in refusal(other, bundle.digest(other))


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"format": 2}, "format is 2, expected 1"),
        ({"format": None}, "format is None, expected 1"),
        ({"sha256": []}, "lists [], expected"),
        ({"sha256": "all"}, "manifest.json cannot be read"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(archive: bytes, manifest: dict, message: str) -> None:
    odd = packed(manifested(contents(archive), **manifest))
    assert message in refusal(odd, bundle.digest(odd))


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"{}", b"\xff", b'{"format": 1}'])
def test_a_manifest_that_is_none_is_refused(archive: bytes, text: bytes) -> None:
    odd = packed({**contents(archive), bundle.MANIFEST: text})
    assert "manifest.json cannot be read" in refusal(odd, bundle.digest(odd))


def canonical(archive: bytes, **content: bytes) -> bytes:
    """A bundle that is whole, with other content: made by our own writer."""
    files = contents(archive)
    names = {"model": bundle.MODEL, "schema": bundle.SCHEMA, "reference": bundle.REFERENCE}
    return bundle._pack({name: content.get(key, files[name]) for key, name in names.items()})


@pytest.mark.parametrize(
    "change",
    [
        lambda data: {**data, "version": 2},
        lambda data: {**data, "task": "ranking"},
        lambda data: {**data, "colour": "red"},
        lambda data: {name: value for name, value in data.items() if name != "features"},
        lambda data: {**data, "features": [{"name": "amount"}]},
        lambda data: [data],
        lambda data: None,
    ],
    ids=["version", "task", "unknown field", "no features", "torn feature", "list", "null"],
)
def test_a_schema_that_this_code_does_not_know_is_refused(archive: bytes, change: Callable) -> None:
    odd = canonical(archive, schema=json.dumps(change(schema().to_dict())).encode())
    assert "schema.json or reference.json cannot be read" in refusal(odd, bundle.digest(odd))


def graph(width: int, outputs: list[str], dtype: int = TensorProto.FLOAT) -> bytes:
    """Sums the features, once for each output."""
    nodes = [helper.make_node("ReduceSum", ["features"], [name], keepdims=0) for name in outputs]
    ports = [helper.make_tensor_value_info(name, dtype, None) for name in outputs]
    entry = helper.make_tensor_value_info("features", dtype, [None, width])
    opsets = [helper.make_opsetid("", 15)]
    return helper.make_model(
        helper.make_graph(nodes, "g", [entry], ports), opset_imports=opsets, ir_version=8
    ).SerializeToString()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (b"", "does not answer 3 features"),
        (b"not a model", "does not answer 3 features"),
        (constant(0.1, width=WIDTH + 1), "does not answer 3 features"),
        (graph(WIDTH, ["sum"]), "answers float32 () for 2 rows, expected one float32 a row"),
        (graph(WIDTH, ["sum"], TensorProto.DOUBLE), "does not answer 3 features"),
    ],
    ids=["empty", "noise", "another width", "one number for all", "another type"],
)
def test_a_model_that_does_not_fit_the_schema_is_refused(archive: bytes, model: bytes, message: str) -> None:
    odd = canonical(archive, model=model)
    assert message in refusal(odd, bundle.digest(odd))


def test_a_second_output_is_refused(archive: bytes) -> None:
    model = onnx.load_from_string(constant(0.1, width=WIDTH))
    model.graph.node.append(helper.make_node("Identity", ["prediction"], ["again"]))
    model.graph.output.append(helper.make_tensor_value_info("again", TensorProto.FLOAT, [None]))
    odd = canonical(archive, model=model.SerializeToString())
    assert "answers float32 (2,), float32 (2,) for 2 rows" in refusal(odd, bundle.digest(odd))


def test_a_model_cannot_read_another_file(archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.bin").write_bytes(np.array([1, 2, 3], np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[WIDTH], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": "secret.bin", "offset": "0", "length": "12"}.items():
        weight.external_data.add(key=key, value=value)
    # Inside a branch: there ONNX Runtime reads the file without a question.
    branch = helper.make_graph(
        [helper.make_node("ReduceSum", ["w"], ["sum"], keepdims=1)],
        "branch",
        [],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1])],
        initializer=[weight],
    )
    nodes = [
        helper.make_node("ReduceMax", ["features"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["choice"], to=TensorProto.BOOL),
        helper.make_node("If", ["choice"], ["read"], then_branch=branch, else_branch=branch),
        helper.make_node("Shape", ["features"], ["rows"], start=0, end=1),
        helper.make_node("Expand", ["read", "rows"], ["prediction"]),
    ]
    leak = helper.make_graph(
        nodes,
        "leak",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, WIDTH])],
        [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, [None])],
    )
    model = helper.make_model(leak, opset_imports=[helper.make_opsetid("", 15)], ir_version=8).SerializeToString()
    for spelled in (model, model.replace(b"\x08location", b"\x88\x00location")):
        odd = canonical(archive, model=spelled)
        assert "takes weights from another file" in refusal(odd, bundle.digest(odd))


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "absent.tar.gz cannot be read" in refusal(tmp_path / "absent.tar.gz", "0" * 64)


def test_numbers_that_json_has_not_are_refused_when_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        bundle.write(model=b"", schema=schema(), reference={"psi": float("nan")})
