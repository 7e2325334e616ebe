"""What makes the lessons ask back: predictions, exercises that are judged by the wire, and the check of the set-up."""
