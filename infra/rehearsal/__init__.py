"""The program applied to a mock AWS on loopback, and the ML loop run on what it made."""
