from infra.parsing import SettingsError
from infra.source import SourceError

try:
    # The program is its import: Pulumi runs this file.
    import infra.program  # noqa: F401
except SourceError as error:
    # Pulumi, and every command that runs the program, says this text without a traceback.
    raise SettingsError(str(error)) from None
