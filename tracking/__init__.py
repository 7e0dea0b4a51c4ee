"""The MLflow server of the stack: what it is started with, and what keeps it running."""
