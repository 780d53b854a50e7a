"""Looking at a folder that has no stack file yet: what others say about how it runs, turned into a ``stack.py``.

One file per source (``procfile``, ``compose``, ``package``, ``python``, ``settings``), each from a folder to what it found;
``look`` puts them together, ``write`` makes the text.
"""
