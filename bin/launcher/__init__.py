"""What bin/run, bin/manage and bin/test do before Django can start. Standard library only.

One noun a module: `places` (folders), `packages` (the virtual environment), `libraries` (of the system),
`postgres` and `valkey` (embedded servers), `keys` (secrets of this machine), `portal` (the prepared
portal), `processes` (children and how they stop), `supervisor` (what bin/run keeps alive).
"""
