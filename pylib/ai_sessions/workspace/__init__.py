"""The workspace of a feature, `<SESSION_ROOT>/<feature>/`: a module for each kind of file in it."""
