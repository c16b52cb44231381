"""What a user can do, in order, with cancellation. Services return values and know no widget."""
