"""`make status ENV=dev`: how an environment is, asked of AWS with the caller's own credentials."""
