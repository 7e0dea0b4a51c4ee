"""What a disk does to us that no code can help."""

import errno
import shutil
from pathlib import Path

LITTLE = 16_384
"""Bytes: with fewer, a process that fails cannot even write down why."""
FULL_OR_LOCKED = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}


def at_fault(error: OSError) -> bool:
    """Whether the disk is full, or does not let us write: a matter for whoever runs this, not an error in it."""
    return error.errno in FULL_OR_LOCKED


def is_full(folder: Path) -> bool:
    """Whether next to nothing more can be written into the folder."""
    return shutil.disk_usage(folder).free < LITTLE


def words(error: OSError, folder: Path) -> str:
    """What is wrong with which file, or with the folder that is written to where the error names no file."""
    return f"{error.strerror}: {error.filename or folder} is on a disk that is full or cannot be written to"
