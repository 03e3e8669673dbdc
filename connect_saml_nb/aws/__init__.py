"""What AWS shows and takes: its URLs, its messages, and ready commands for its command line."""
