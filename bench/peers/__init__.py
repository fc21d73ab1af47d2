"""What Travellr is measured against over HTTP: plain CRUD that does the same job, as it would be deployed."""
