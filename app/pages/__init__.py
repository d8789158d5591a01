"""The pages: each reads the entries, calls a service and shows components."""
