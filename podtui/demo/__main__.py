"""`python -m podtui.demo`: the embedded pod alone."""

import argparse
import sys

from podtui.demo.command import add_arguments, serve


def main() -> int:
    """Serve a pod as the command line says."""
    parser = argparse.ArgumentParser("podtui demo", description="the embedded pod")
    add_arguments(parser)
    return serve(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
