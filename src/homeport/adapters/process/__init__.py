"""Programs of this machine: started, heard and ended through the guardian."""

from homeport.adapters.process.runtime import ProcessRuntime

__all__ = ["ProcessRuntime"]
