"""Run a script under limits that it sets on itself: `launch.py LIMITS SCRIPT ARGUMENT...`.

Run as a file and never imported: it may need nothing but the standard library, so that a child
starts in a tenth of a second and without the rest of the package.
"""

import json
import runpy
import sys
from contextlib import suppress


def main(arguments: list[str]) -> None:
    """Set the limits, then become the script."""
    limit(**json.loads(arguments[0]))
    sys.argv = arguments[1:]
    runpy.run_path(arguments[1], run_name="__main__")


def limit(*, memory: int, cpu: int, file_size: int) -> None:
    """Limit this process; where the system has no such limits (Windows), only time is limited."""
    with suppress(ImportError):
        import resource  # noqa: PLC0415 - Windows has none

        limits = {
            resource.RLIMIT_AS: memory,
            resource.RLIMIT_CPU: cpu,
            resource.RLIMIT_FSIZE: file_size,
            resource.RLIMIT_CORE: 0,
        }
        for what, value in limits.items():
            with suppress(ValueError, OSError):  # a lower hard limit is already in force
                resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    main(sys.argv[1:])
