"""The bundle of a release: fetched from its address and verified, or the baseline where there is none."""

from ml import bundle
from ml.bundle import BundleError
from ml.store import Bucket, split_url


def archive(url: str | None, sha256: str | None) -> tuple[bytes, str]:
    """The bundle's bytes and the sha256 that they must have; without an address, the baseline's.

    Raises BundleError where nothing is there, ValueError for an address that is none or that has no sha256.
    """
    if not url and not sha256:
        # Making it takes the library of ONNX, which what serves a release does without.
        from ml import baseline

        content = baseline.bundle_bytes()
        return content, bundle.digest(content)
    if not url or not sha256:
        raise ValueError(f"the release has {'an address' if url else 'a sha256'} only, expected both or none")
    name, key = split_url(url)
    found = Bucket(name).get(key)
    if found is None:
        raise BundleError(f"{url} does not exist, expected the bundle {sha256}")
    return found, sha256
