"""Running cells: what is to be computed, where it runs, how far it is, and where it is kept."""
