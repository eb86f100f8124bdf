"""A painter of simple scenes: from the words of a prompt to a sketch to start from."""
