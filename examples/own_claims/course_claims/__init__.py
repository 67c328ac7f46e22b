"""Claims of this project: a folder for each family, a file for each experiment."""
