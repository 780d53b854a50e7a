"""The version of this Homeport, where it is cheap to read; a test compares it with the package's metadata."""

VERSION = "0.1.0"
