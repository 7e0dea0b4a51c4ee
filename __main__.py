# The program is its import: Pulumi runs this file.
import infra.program  # noqa: F401
