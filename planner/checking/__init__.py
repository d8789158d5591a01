"""Is it as it should be: a scenario file, a changed question, an installation, a running server?

And how long are documents?

Start with ``doctor_command``. Each module is a command.
"""
