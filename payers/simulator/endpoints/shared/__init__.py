"""What several endpoints share: envelope fields, tokens, rules of a request, damaged JSON, the names of codes."""
