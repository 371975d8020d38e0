"""What is done with sessions besides talking: finding, cleaning, bringing in and out."""
