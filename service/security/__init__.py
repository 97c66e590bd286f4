"""Who may see what, and what is kept sealed: access, encryption, addresses, file modes."""
