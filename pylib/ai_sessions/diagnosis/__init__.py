"""What our work needs of a machine: looked at for `doctor`, never changed, one `Check` each."""
