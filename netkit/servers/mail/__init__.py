"""The mail server: one store of maildrops with three doors, SMTP, POP3 and POP3 over TLS."""
