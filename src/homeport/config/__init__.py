"""From a stack file to a graph, or to an error that shows the line."""
