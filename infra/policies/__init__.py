"""What must hold of everything that the program makes: plain rules, run on plans, in tests and by Pulumi."""
