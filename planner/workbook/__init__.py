"""What can finance recalculate? A plan as a workbook with live formulas.

Read plan_workbook.py first.
"""
