import sys

try:
    from infra.rehearsal.demo import app
except KeyboardInterrupt:
    # The imports take a second or two, in which there is nothing to stop.
    print("interrupted: nothing was begun", file=sys.stderr)  # noqa: T201
    sys.exit(130)

app()
