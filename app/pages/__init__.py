"""Pages: read what was entered, call a service, show components."""
