"""Control planes that moto lacks, one module a noun, with the states, limits and errors that AWS documents.

Each module names where they are documented (`SOURCES`) and what it answers (`OPERATIONS`). Where AWS documents no
wording, the error's words are ours; its code is not.
"""
