"""What is left after a house: processes and files that it left behind, found, ended and removed."""
