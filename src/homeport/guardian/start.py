"""The guardian's first step: make this folder a package by itself, so that nothing else of Homeport is loaded.

Usage: ``python -I -S start.py FD linux|portable``
"""

import importlib
import os
import sys

if __name__ == "__main__":
    # At the end of the path: a folder of Homeport must never hide a module of the standard library.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    importlib.import_module("guardian.loop").main(int(sys.argv[1]), portable=sys.argv[2] == "portable")
