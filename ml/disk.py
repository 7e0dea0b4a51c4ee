"""What a disk does to us that no code can help."""

import errno
from pathlib import Path

FULL_OR_LOCKED = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}


def at_fault(error: OSError) -> bool:
    """Whether the disk is full, or does not let us write: a matter for whoever runs this, not an error in it."""
    return error.errno in FULL_OR_LOCKED


def words(error: OSError, folder: Path) -> str:
    """What is wrong with which file, or with the folder that is written to where the error names no file."""
    return f"{error.strerror}: {error.filename or folder} is on a disk that is full or cannot be written to"
