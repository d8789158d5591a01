"""The web app: the Plan page and the Model page. Only ``services`` reaches planner and store."""
