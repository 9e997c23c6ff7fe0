"""What comes in: sources read, texts cleaned, what cannot be kept told apart."""
