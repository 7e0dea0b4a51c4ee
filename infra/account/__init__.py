"""The account project: what an AWS account has once, for all of a project's environments."""
