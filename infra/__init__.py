"""The Pulumi program that runs the ML code on AWS."""
