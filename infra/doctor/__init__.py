"""`make doctor ENV=dev`: what would stop the first `pulumi up`, found before anything is made."""
