"""Where it runs: devices, versions, processor."""
