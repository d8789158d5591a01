"""The only door from the pages to the planner and the store.

The store is opened once, the model is fitted once for each state of the store, and a plan is
made once for each scenario. What these functions return is frozen and shared between sessions.
Read ``opened_store`` first.
"""
