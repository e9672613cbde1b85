"""The pages of the frontend, one module for each capability people meet."""
