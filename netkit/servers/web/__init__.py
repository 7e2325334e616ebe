"""The web site of the course: tornado behind taps, with httpbin's paths and a few pages to look at."""
