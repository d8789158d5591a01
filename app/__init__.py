"""The web app: one page that turns a question into a plan. Only ``services`` reaches the rest."""
