"""What a disk does to us that no code can help."""

import errno

FULL_OR_LOCKED = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}


def at_fault(error: OSError) -> bool:
    """Whether the disk is full, or does not let us write: a matter for whoever runs this, not an error in it."""
    return error.errno in FULL_OR_LOCKED
