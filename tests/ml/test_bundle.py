"""The bundle: the same content gives the same bytes, and nothing else than those bytes is ever loaded."""

import gzip
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from ml import bundle
from ml.baseline import constant
from tests.ml.bundles import REFERENCE, WIDTH, contents, manifested, packed, refusal
from tests.ml.orders import schema


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


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "absent.tar.gz cannot be read" in refusal(tmp_path / "absent.tar.gz", "0" * 64)


def test_numbers_that_json_has_not_are_refused_when_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        bundle.write(model=b"", schema=schema(), reference={"psi": float("nan")})
