"""The commands of ``planner``, one module per group; ``planner.cli`` assembles them."""
