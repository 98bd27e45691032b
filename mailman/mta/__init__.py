"""What mail servers need to know about our lists: addresses and alias files."""
