"""What is known of identity providers: their products and settings, their error codes and texts."""
