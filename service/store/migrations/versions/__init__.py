"""One module for each step of the schema, named for its revision and what is true after it."""
