"""Arguments → the app, or one headless command."""


def main() -> int:
    """Run podtui."""
    return 0
