"""Which permissions the operations of each service ask for."""
