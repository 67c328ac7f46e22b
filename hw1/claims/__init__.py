"""The registry: a folder per family, a file per experiment with its claims. `registered.json` is what was promised."""
