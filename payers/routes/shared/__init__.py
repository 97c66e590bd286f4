"""What several routes share: one place for HTTP, tokens, certificates, limits, the CORE envelope and JSON replies."""
