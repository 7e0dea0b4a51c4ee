"""The table's rows, a module for each AWS service: `ENTRIES` by resource type and `remaining`, what is still there."""
