"""A wrong disclosure (S16): reported and cut off, listed, assessed, chased and closed.

`reporting` cuts sight and starts the clock, `exposure` works out who saw what, `safeguards` proposes what
protects the person, `assessing` is the data protection officer's part, `clock` chases.
"""
