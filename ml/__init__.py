"""The ML code: it runs on a laptop, in the image and in the rehearsal, and knows nothing of Pulumi."""
