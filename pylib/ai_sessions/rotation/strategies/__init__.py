"""Strategies, one file each: in which order candidates are asked."""
