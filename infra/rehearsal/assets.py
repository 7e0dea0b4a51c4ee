"""The bytes of Pulumi's assets and archives."""

import io
import zipfile
from pathlib import Path

import pulumi

EPOCH = (1980, 1, 1, 0, 0, 0)


def read(asset: object) -> bytes:
    """The bytes that the provider would upload; an archive becomes a zip. Raises TypeError for a remote one."""
    if isinstance(asset, pulumi.FileAsset | pulumi.FileArchive):
        return Path(asset.path).read_bytes()
    if isinstance(asset, pulumi.StringAsset):
        return asset.text.encode()
    if isinstance(asset, pulumi.AssetArchive):
        return _zip({name: read(part) for name, part in asset.assets.items()})
    raise TypeError(
        f"a {type(asset).__name__} cannot be read offline; expected a file, a string or an archive of these"
    )


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return buffer.getvalue()
