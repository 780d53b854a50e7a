"""The checks of ``doctor``: a file each, every one a function from a look to findings."""
