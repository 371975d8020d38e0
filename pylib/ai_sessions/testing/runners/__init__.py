"""One module for each test tool: how to make it report, how to read the report."""
