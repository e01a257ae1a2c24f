"""`python bin/launcher COMMAND ...`; the scripts in bin/ choose the Python."""

import sys
from pathlib import Path

if __name__ == "__main__":
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [str(Path(here).parent), *(entry for entry in sys.path if entry != here)]
    from importlib import import_module

    command = sys.argv[1]
    assert command in ("run", "manage", "test")
    sys.exit(import_module(f"launcher.{command}").main(sys.argv[2:]))
