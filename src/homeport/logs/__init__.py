"""The log store: what programs say, on disk, in lines.

One folder per service holds *segments*: append-only files named by the number of their first line, such as
``000000000001.log``. A line is ``TIME TAG text``: seconds since the epoch to the millisecond, then one letter for the stream
(``o`` out, ``e`` err, ``n`` note; a capital when the line was cut for its length and goes on in the next one) and the number
of the run, with letters where an earlier house had a run of that number (``o3b``). Numbers of lines are not written: they
follow from the place, which keeps writing as fast as copying.

``book`` writes and follows in a running house; ``reader`` needs nothing but the files.
"""
