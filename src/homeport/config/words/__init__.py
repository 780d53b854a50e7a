"""What a stack file may say. Standard library alone: the interpreter of any project may run it."""
