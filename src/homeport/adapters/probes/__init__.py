"""Looking at programs over the loopback network."""

from homeport.adapters.probes.prober import LoopbackProber

__all__ = ["LoopbackProber"]
