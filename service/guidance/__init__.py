"""What an answer means for this person: what it may cost, what to ask by phone. Pure functions of answers.

Nothing here waits, stores or sends. A new piece of guidance is a module of this package with one function that takes an
``Answer`` and returns a value; a command and an endpoint show it.
"""
