"""What answers: agent CLIs, HTTP endpoints, recorded agents. One file each, one contract."""
