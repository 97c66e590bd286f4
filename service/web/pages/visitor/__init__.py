"""The verify form: what a visitor of the provider's website sees and types, from the first screen to the result."""
