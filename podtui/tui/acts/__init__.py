"""What the app does on request: one file a subject, each a mixin of the app."""
