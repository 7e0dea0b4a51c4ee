"""What stops a bootstrap."""


class BootstrapError(Exception):
    """Something a person must put right first: the text says what was found, what was expected and where."""
