"""A small portal of one test's own, and ways to hurt it: kill, hang, cut, refuse.

`stack` (processes and servers), `link` (a connection that can be cut), `mailserver` (answers as told),
`invariants` (what must hold after every fault).
"""
