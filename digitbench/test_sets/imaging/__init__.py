"""Changes of images whose every byte follows from the image, on any machine."""
