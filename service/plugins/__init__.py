"""Payers and routes that are installed: found, loaded and checked at start-up."""
