"""AWS's permissions: which policies let which call through, as pure functions over parsed documents."""
