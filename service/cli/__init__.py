"""The commands of ``benefits``, one module each, imported only when they are called."""
