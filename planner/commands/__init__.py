"""What does a user type? One module per command; ``planner.cli`` assembles them."""
