"""What an instance remembers from run to run: wishes, tasks that are done, and the last stack that worked."""
