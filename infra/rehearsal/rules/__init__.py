"""What AWS refuses although each value is in order: rules across the fields of a request, a module for each service.

A rule is a function named for it. It takes the request by the names of botocore's model and returns a sentence, or
None; its docstring ends with the source. `RULES` need the request alone, `ASKING` also what is there already.
"""
