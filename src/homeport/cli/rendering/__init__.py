"""What ``homeport render`` is made of: which images and values, and how objects become text and files."""
